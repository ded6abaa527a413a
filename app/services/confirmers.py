"""Who may confirm what is sent to many families: they are named to who asks, and told by mail."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.emails import is_email
from app.services.mail import Button, write_mail
from app.words import _, language

AROUND = {"around_the_rule": True}

CONFIRMERS = text("""
SELECT DISTINCT coalesce(nullif(s.email, ''), u.email) AS email,
    concat_ws(' ', s.surname, s.given_name, nullif(s.patronymic, '')) AS name
FROM ab_user u JOIN staff s ON s.user_id = u.id AND s.school_id = :school
JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_permission_view_role x ON x.role_id = ur.role_id
JOIN ab_permission_view pv ON pv.id = x.permission_view_id
JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
WHERE u.active AND p.name = 'can_write' AND v.name = 'sending_decision'
AND NOT (s.id = ANY(CAST(:without AS bigint[]))) ORDER BY 2, 1
""")


def names_of_confirmers(session: Session, news: Any, asking: Iterable[int] = ()) -> list[str]:
    """Who may confirm it, where these staff ask. One statement."""
    return sorted({row.name for row in _confirmers(session, news, asking)})


def _confirmers(session: Session, news: Any, asking: Iterable[int] = ()) -> Sequence[Any]:
    without = sorted({key for key in (news.author_id, news.asked_by_id, *asking) if key is not None})
    given = {"school": news.school_id, "without": without}
    return session.execute(CONFIRMERS, given, execution_options=AROUND).all()


def tell_confirmers(session: Session, news: Any, useful_for: timedelta) -> int:
    """Write a mail to each who may confirm it; how many there are. It tells the title and no text."""
    told = 0
    for address in sorted({row.email for row in _confirmers(session, news)}):
        if not is_email(address):
            continue
        write_mail(
            session, "sending", school_id=news.school_id, to=address, language=language(),
            subject=_("An urgent text waits for a second person"),
            paragraphs=(
                _("An urgent announcement waits for your word: {title}", title=news.title),
                _("It is for {count} families. Nothing is sent before you confirm it.", count=news.families),
            ),
            button=Button(_("Look and decide"), f"/sending/{news.id}"), useful_for=useful_for,
        )  # fmt: skip
        told += 1
    return told
