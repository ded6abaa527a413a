"""Announcements by e-mail, to guardians whom no text reaches: once to each."""

from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.domain.emails import is_email
from app.models import Announcement, Guardian, MailMessage, Notice
from app.services.circle import TO_PHONE, circle_of
from app.services.mail import Button, write_mail
from app.services.settings import rules_of
from app.words import _

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
TOLD_FOR = timedelta(days=1)  # what fails later is old news


def mail_announcements(session: Session) -> int:
    """Write the mails that are wanted now; how many. The caller commits. Running it again writes none twice."""
    now = datetime.now(UTC)
    undecided = exists().where(
        Notice.record == "announcement", Notice.record_id == Announcement.id, Notice.delivered_at.is_(None)
    )
    query = (
        select(Announcement)
        .where(
            Announcement.by_email, Announcement.state == "published", Announcement.published_at > now - TOLD_FOR,
            ~undecided,
        )
        .order_by(Announcement.id)
        .with_for_update(skip_locked=True)
    )  # fmt: skip
    return sum(_mail(session, news, now) for news in session.scalars(query).all())


def _mail(session: Session, news: Announcement, now: datetime) -> int:
    school = rules_of(session, {news.school_id})[news.school_id]
    people = circle_of(session, news, school.today(now)).people
    silent = [one.guardian_id for one in people.values() if one.came in TO_PHONE and one.has_mail]
    told = select(MailMessage.guardian_id).where(MailMessage.announcement_id == news.id)
    left = sorted(set(silent) - set(session.scalars(told)))
    guardians = session.scalars(select(Guardian).where(Guardian.id.in_(left)).order_by(Guardian.id)).all()
    wanted = [one for one in guardians if one.email and is_email(one.email)]
    for guardian in wanted:
        write_mail(
            session, "announcement", school_id=news.school_id, to=guardian.email or "", language="ru",
            subject=_("{school}: {title}", school=school.signature, title=news.title),
            paragraphs=(news.title, news.text), button=Button(_("Open the diary"), "/diary/"), useful_for=TOLD_FOR,
            guardian_id=guardian.id, announcement_id=news.id,
        )  # fmt: skip
    if wanted:
        log.info("announcement.mailed", announcement=news.id, mails=len(wanted))
    return len(wanted)
