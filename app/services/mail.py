"""Texts that did not reach the phone fall back to e-mail where the school wants that; and mails are sent."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.emails import is_email
from app.domain.sms_states import back_off
from app.models import MailMessage, SchoolSetting
from app.services.mail_transport import Refused, Transport
from app.services.settings import rules_of
from config import Settings

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

GIVEN_UP_AFTER = timedelta(days=1)
BATCH = 200

# Texts that will not arrive, of guardians with an address, who may still hear of the child; one mail for each text.
FAILED = text("""
SELECT m.id, m.school_id, m.guardian_id, m.body, m.trace, g.email, coalesce(s.language, 'ru') AS language
FROM sms_message m
JOIN unnest(CAST(:schools AS bigint[]), CAST(:days AS date[])) AS day (school_id, today) ON day.school_id = m.school_id
JOIN guardian g ON g.id = m.guardian_id AND g.email <> ''
LEFT JOIN sms_subscription s ON s.id = m.subscription_id
WHERE m.state IN ('undeliverable', 'expired', 'rejected') AND m.done_at > now() - interval '1 day'
AND m.kind IN ('urgent', 'immediate', 'digest', 'weekly')
AND (m.subscription_id IS NULL OR s.status = 'active')
AND (m.kind <> 'urgent' OR EXISTS (SELECT FROM consent c
    WHERE c.guardian_id = m.guardian_id AND c.kind = 'urgent' AND c.withdrawn_at IS NULL))
AND EXISTS (SELECT FROM guardianship gs
    WHERE gs.guardian_id = m.guardian_id AND (s.id IS NULL OR gs.student_id = s.student_id) AND NOT gs.barred
    AND (gs.begins_on IS NULL OR gs.begins_on <= day.today) AND (gs.ends_on IS NULL OR gs.ends_on >= day.today))
AND NOT EXISTS (SELECT FROM mail_message mail WHERE mail.sms_message_id = m.id)
ORDER BY m.id LIMIT :most FOR UPDATE OF m SKIP LOCKED
""")

WORDS = {
    "ru": (
        "{school}: СМС не дошла",
        "Эта СМС не дошла до вашего телефона:",
        "Проверьте, верен ли номер в СМС-дневнике.",
    ),
    "en": (
        "{school}: an SMS did not arrive",
        "This SMS did not reach your phone:",
        "Please check the number of the SMS diary.",
    ),
}


def fall_back(session: Session, most: int = BATCH) -> int:
    """Write a mail for each text of the last day that failed for good; how many. Running it again writes none."""
    wishes = select(SchoolSetting.school_id).where(SchoolSetting.name == "email_fallback")
    rules = rules_of(session, set(session.scalars(wishes, execution_options=AROUND)))
    rules = {school_id: rule for school_id, rule in rules.items() if rule.values["email_fallback"]}
    if not rules:
        return 0
    now = datetime.now(UTC)
    where = {"schools": list(rules), "days": [rule.today(now) for rule in rules.values()], "most": most}
    failed = session.execute(FAILED, where, execution_options=AROUND).all()
    for row in failed:
        subject, said, advice = WORDS.get(row.language, WORDS["ru"])
        session.add(
            MailMessage(
                school_id=row.school_id,
                address=row.email,
                subject=subject.format(school=rules[row.school_id].signature)[:200],
                body=f"{said}\n\n{row.body}\n\n{advice}\n",
                guardian_id=row.guardian_id,
                sms_message_id=row.id,
                trace=row.trace,
            )
        )
    return len(failed)


def due_mails(session: Session, most: int = BATCH) -> list[int]:
    """The ids of mails to send now."""
    query = select(MailMessage.id).where(MailMessage.state == "queued", MailMessage.due_at <= datetime.now(UTC))
    return list(session.scalars(query.order_by(MailMessage.due_at, MailMessage.id).limit(most)))


def send_one(session: Session, mail_id: int, post: Transport, sender: str) -> None:
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
    mail.attempts += 1
    try:
        post.send(_written(mail, sender))
    except Refused as refused:
        mail.state, mail.error = "failed", str(refused)[:200]
    except OSError as problem:
        mail.error = (str(problem) or type(problem).__name__)[:200]
        mail.due_at = datetime.now(UTC) + back_off(mail.attempts)
        if datetime.now(UTC) - mail.created_at > GIVEN_UP_AFTER:
            mail.state = "failed"
    else:
        mail.state, mail.error, mail.sent_at = "sent", None, datetime.now(UTC)
    log.info("mail", mail=mail.id, state=mail.state, error=mail.error, trace=mail.trace)


def give_up(session: Session, mail_id: int, words: str) -> None:
    """Mark a mail as failed; the caller commits."""
    mail = session.get(MailMessage, mail_id)
    if mail is not None and mail.state == "queued":
        mail.state, mail.error = "failed", words[:200]


def _written(mail: MailMessage, sender: str) -> EmailMessage:
    """The mail as it goes out; raises Refused where an address cannot stand in a mail."""
    if not is_email(mail.address):
        raise Refused("this is no e-mail address")
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, mail.address, " ".join(mail.subject.split())
    made["Date"] = format_datetime(mail.created_at)
    made["Message-ID"] = f"<zvonok-{mail.id}-{int(mail.created_at.timestamp())}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice is an answer to it
    made.set_content(mail.body)
    return made


def sender_of(settings: Settings) -> str:
    """The address that mails come from: zvonok@ the host of the public address."""
    return f"zvonok@{urlsplit(settings.public_url).hostname or 'localhost'}"
