"""Mails: written in the transaction of what they tell, and sent by the job; texts that failed may fall back to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from app.domain.emails import is_email
from app.domain.errors import InvalidInput
from app.domain.sms_errors import reason_words
from app.domain.sms_states import back_off
from app.models import MailMessage, School, SchoolSetting, SmsSubscription
from app.services.channels.mail_rights import KINDS as ABOUT_CHILDREN
from app.services.channels.mail_rights import may_still_read
from app.services.fallen_texts import HAS_MORE_THAN_MAILS, rest_of
from app.services.mail_rendering import on_one_line, rendered
from app.services.mail_transport import Refused, Transport
from app.services.mail_words import WHY
from app.services.news_rights import still_concerned
from app.services.settings import rules_of
from app.services.sms_rights import NOT_LEFT
from app.words import Word, _, speaking
from config import Settings

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

GIVEN_UP_AFTER = timedelta(days=1)
BATCH = 200

# Whether the guardian of a text (m, with its subscription s) may still hear of the child on the day {today}, and of all
# others whom the text tells of.
_NOT_LEFT = NOT_LEFT.format(student="gs.student_id", today="{today}")
MAY_HEAR = f"""
(m.subscription_id IS NULL OR s.status = 'active')
AND (m.kind <> 'urgent' OR EXISTS (SELECT FROM consent c
    WHERE c.guardian_id = m.guardian_id AND c.kind = 'urgent' AND c.withdrawn_at IS NULL))
AND (m.kind = 'urgent' OR NOT EXISTS (SELECT FROM guardian p JOIN ab_user u ON u.id = p.user_id
    WHERE p.id = m.guardian_id AND u.active IS FALSE))
AND EXISTS (SELECT FROM guardianship gs
    WHERE gs.guardian_id = m.guardian_id AND (s.id IS NULL OR gs.student_id = s.student_id) AND NOT gs.barred
    AND (gs.begins_on IS NULL OR gs.begins_on <= {{today}}) AND (gs.ends_on IS NULL OR gs.ends_on >= {{today}})
    AND {_NOT_LEFT})
AND NOT EXISTS (SELECT FROM sms_delivery d JOIN sms_subscription o ON o.id = d.subscription_id
    WHERE d.sms_message_id = m.id AND d.state = 'told' AND m.kind <> 'urgent' AND (o.status <> 'active'
    OR NOT EXISTS (SELECT FROM guardianship gs
        WHERE gs.guardian_id = o.guardian_id AND gs.student_id = o.student_id AND NOT gs.barred
        AND (gs.begins_on IS NULL OR gs.begins_on <= {{today}}) AND (gs.ends_on IS NULL OR gs.ends_on >= {{today}})
        AND {_NOT_LEFT})))
"""
STILL = text(f"""
SELECT FROM sms_message m LEFT JOIN sms_subscription s ON s.id = m.subscription_id
WHERE m.id = :text_id AND {MAY_HEAR.format(today="CAST(:today AS date)")}
""")
# Texts that will not arrive, of guardians with an address, who may still hear of the child; one mail for each text.
FAILED = text(f"""
SELECT m.id, m.school_id, m.guardian_id, m.body, m.trace, g.email, coalesce(s.language, 'ru') AS language
FROM sms_message m
JOIN unnest(CAST(:schools AS bigint[]), CAST(:days AS date[])) AS day (school_id, today) ON day.school_id = m.school_id
JOIN guardian g ON g.id = m.guardian_id AND g.email <> ''
LEFT JOIN sms_subscription s ON s.id = m.subscription_id
WHERE m.state IN ('undeliverable', 'expired', 'rejected') AND m.done_at > now() - interval '1 day'
AND m.kind IN ('urgent', 'immediate', 'digest', 'weekly')
AND (m.school_id = ANY(CAST(:all AS bigint[])) OR EXISTS (SELECT FROM sms_subscription f
    WHERE f.guardian_id = m.guardian_id AND f.email_fallback AND f.status <> 'stopped'
    AND (m.subscription_id IS NULL OR f.id = m.subscription_id)))
AND NOT EXISTS (SELECT FROM sms_delivery d JOIN mail_message told
    ON told.announcement_id = d.record_id AND told.guardian_id = m.guardian_id
    WHERE d.sms_message_id = m.id AND d.record = 'announcement')
AND NOT EXISTS (SELECT FROM mail_message mail WHERE mail.sms_message_id = m.id)
AND {HAS_MORE_THAN_MAILS} AND {MAY_HEAR.format(today="day.today")}
ORDER BY m.id LIMIT :most FOR UPDATE OF m SKIP LOCKED
""")


@dataclass(frozen=True)
class Button:
    """Where a mail leads: a path of this installation, such as "/invitation/…"; ZVONOK_BASE_URL is put before it."""

    label: str | Word
    path: str

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or self.path.startswith(("//", "/\\")) or len(self.path) > 500:
            raise ValueError("a button leads to a path of ours")


def write_mail(
    session: Session,
    kind: str,
    *,
    school_id: int | None,
    to: str,
    language: str,
    subject: str | Word,
    paragraphs: Sequence[str | Word],
    button: Button | None = None,
    reply_to: str | None = None,
    useful_for: timedelta | None = None,
    **about: int,
) -> int:
    """Write a mail into the caller's transaction; its id. The job sends it some seconds after the commit.

        write_mail(
            session, "recovery", school_id=None, to="mama@example.org", language=language(),
            subject=_("A new password"), paragraphs=(_("Choose a new password by this link. It works for one hour."),),
            button=Button(_("Choose a password"), f"/recovery/{token}"), useful_for=timedelta(hours=1),
        )

    It goes out as text and HTML with the school's name as sender; a footer says why one gets it, by the `kind`
    (app/services/mail_words.py: invitation, recovery, confirmation, security, …; another raises ValueError).
    `school_id` None: an account of no school; the first school's name stands for the house. Words (`_("…")`) are said
    in `language`, plain strings as they are; a line break in a paragraph stays one. Put what is secret into the
    button's path: it is forgotten once the mail is sent. `reply_to`: who reads answers; without it the mail says that
    nobody does. Not sent any more when `useful_for` has passed. `about`: guardian_id and announcement_id, where it
    tells a guardian of an announcement.

    Any actor may write one, since it is our own code that decides what is in it. Raises InvalidInput on `email` where
    `to` is no single address.
    """
    if kind not in WHY:
        raise ValueError(f"no kind of mail: {kind}")
    if not is_email(to):
        raise InvalidInput("email", "email.wrong")
    row = {
        "school_id": school_id if school_id is not None else select(func.min(School.id)).scalar_subquery(),
        "kind": kind,
        "address": to,
        "reply_to": reply_to,
        "expires_at": datetime.now(UTC) + useful_for if useful_for is not None else None,
        "trace": str(structlog.contextvars.get_contextvars().get("trace") or ""),
        **_said(language, subject, paragraphs, button),
        **about,
    }
    query = insert(MailMessage).values(**row).returning(MailMessage.id)
    return session.execute(query, execution_options=AROUND).scalar_one()


def _said(
    language: str, subject: str | Word, paragraphs: Sequence[str | Word], button: Button | None
) -> dict[str, Any]:
    with speaking(language):
        return {
            "language": language,
            "subject": on_one_line(str(subject))[:200],
            "body": "\n\n".join(str(paragraph).replace("\0", "").strip() for paragraph in paragraphs),
            "button": on_one_line(str(button.label))[:100] if button else None,
            "path": button.path if button else None,
        }


def fall_back(session: Session, most: int = BATCH) -> int:
    """Write a mail for each text of the last day that failed for good; how many. Running it again writes none.

    Where the school, or the guardian by a subscription, wishes it. What comes by mail anyway is left out of it.
    """
    wishes = select(SchoolSetting.school_id).where(SchoolSetting.name == "email_fallback")
    own = select(SmsSubscription.school_id).where(SmsSubscription.email_fallback).distinct()
    rules = rules_of(session, set(session.scalars(wishes.union(own), execution_options=AROUND)))
    if not rules:
        return 0
    now = datetime.now(UTC)
    where = {
        "schools": list(rules), "days": [rule.today(now) for rule in rules.values()], "most": most,
        "all": [school_id for school_id, rule in rules.items() if rule.values["email_fallback"]],
    }  # fmt: skip
    failed = session.execute(FAILED, where, execution_options=AROUND).all()
    rest = rest_of(session, [row.id for row in failed], rules) if failed else {}
    for row in failed:
        subject = _("{school}: an SMS did not arrive", school=rules[row.school_id].signature)
        about = (
            _("This SMS did not reach your phone:"),
            rest.get(row.id, row.body),
            _("Please check the number of the SMS diary."),
        )
        session.add(
            MailMessage(
                school_id=row.school_id,
                address=row.email,
                guardian_id=row.guardian_id,
                sms_message_id=row.id,
                trace=row.trace,
                **_said(row.language, subject, about, None),
            )
        )
    return len(failed)


def due_mails(session: Session, most: int = BATCH) -> list[int]:
    """The ids of mails to send now."""
    query = select(MailMessage.id).where(MailMessage.state == "queued", MailMessage.due_at <= datetime.now(UTC))
    return list(session.scalars(query.order_by(MailMessage.due_at, MailMessage.id).limit(most)))


def send_one(session: Session, mail_id: int, post: Transport, settings: Settings) -> None:
    """Send a mail that still waits, and note what became of it; the caller commits.

    Where the process dies in between, the mail goes again under the same Message-ID, which mail programs show once.
    """
    mail = session.scalars(
        select(MailMessage)
        .where(MailMessage.id == mail_id, MailMessage.state == "queued")
        .with_for_update(skip_locked=True)
    ).first()
    if mail is None:
        return
    if mail.expires_at is not None and mail.expires_at <= datetime.now(UTC):
        mail.state, mail.error, mail.path = "failed", "too late", None
        return
    if (mail.sms_message_id is not None or mail.kind in ABOUT_CHILDREN) and not _may_still_hear(session, mail):
        mail.state, mail.error, mail.path = "failed", reason_words("no_right", settings.locale), None
        return
    if mail.announcement_id is not None and not still_concerned(session, mail, rules_of(session, {mail.school_id})):
        mail.state, mail.error, mail.path = "failed", reason_words("no_right", settings.locale), None
        return
    mail.attempts += 1
    try:
        school = session.get(School, mail.school_id)
        post.send(rendered(mail, school.name if school is not None else "", settings))
    except Refused as refused:
        mail.state, mail.error = "failed", str(refused)[:200]
    except OSError as problem:
        mail.error = (str(problem) or type(problem).__name__)[:200]
        mail.due_at = datetime.now(UTC) + back_off(mail.attempts)
        if datetime.now(UTC) - mail.created_at > GIVEN_UP_AFTER:
            mail.state = "failed"
    else:
        mail.state, mail.error, mail.sent_at = "sent", None, datetime.now(UTC)
    if mail.state != "queued":
        mail.path = None
    log.info("mail", mail=mail.id, state=mail.state, error=mail.error, trace=mail.trace)


def _may_still_hear(session: Session, mail: MailMessage) -> bool:
    """The right to hear of the child is asked again now: it may have ended since the mail was written."""
    today = rules_of(session, {mail.school_id})[mail.school_id].today(datetime.now(UTC))
    if mail.sms_message_id is None:
        return may_still_read(session, mail.school_id, mail.id, today)
    given = {"text_id": mail.sms_message_id, "today": today}
    return session.execute(STILL, given, execution_options=AROUND).first() is not None


def give_up(session: Session, mail_id: int, words: str) -> None:
    """Mark a mail as failed; the caller commits."""
    mail = session.get(MailMessage, mail_id)
    if mail is not None and mail.state == "queued":
        mail.state, mail.error, mail.path = "failed", words[:200], None
