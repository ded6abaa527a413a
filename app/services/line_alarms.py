"""Alarms of the SMS line in words, and the mail about each to those who look after it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.emails import is_email, is_no_address
from app.models import SmsAlarm
from app.services.mail import Button, write_mail
from app.words import Word, _

AROUND = {"around_the_rule": True}

# Who acts on the console of the school: whatever the role is called.
WATCHED_BY = text("""
SELECT DISTINCT u.email FROM ab_user u LEFT JOIN staff s ON s.user_id = u.id
JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_permission_view_role x ON x.role_id = ur.role_id
JOIN ab_permission_view pv ON pv.id = x.permission_view_id
JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
WHERE u.active AND p.name = 'can_write' AND v.name = 'console' AND (s.school_id = :school OR s.id IS NULL)
ORDER BY u.email
""")

WORDS: dict[str, Word] = {
    "codes_unused": _(
        "Of {counted} codes that were sent in an hour only {good} were used. Somebody may be asking for codes to run "
        "up the bill. Codes to new numbers are stopped until this is over."
    ),
    "codes_spent": _(
        "The codes of a day have cost {counted} parts; the school allows {good}. No code is sent until tomorrow."
    ),
    "undelivered": _("“{link}” took {counted} texts, and only {good} were delivered. Ask the operator of the link."),
}
PAUSED = _("The link is paused; another one sends. Resume it when the operator has mended it.")


def words_of(alarm: Any, link: str) -> Word:
    """The alarm as people read it."""
    return Word(WORDS[alarm.kind].text, counted=alarm.counted, good=alarm.good, link=link)


def tell(session: Session, alarm: SmsAlarm, link: str, language: str) -> None:
    """One mail to each who acts on the console."""
    told = [words_of(alarm, link), *([PAUSED] if alarm.has_paused else [])]
    rows = session.execute(WATCHED_BY, {"school": alarm.school_id}, execution_options=AROUND)
    for (address,) in rows.all():
        if is_email(address) and not is_no_address(address):
            write_mail(
                session, "alarm", school_id=alarm.school_id, to=address, language=language,
                subject=_("SMS: something is wrong with the line"), paragraphs=told,
                button=Button(_("SMS console"), "/console/"), useful_for=timedelta(days=1),
            )  # fmt: skip
