"""The channel of mails: the same facts in a layout of their own, with a button by which the reader says so."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.emails import is_email, is_no_address
from app.domain.mail_digest import groups
from app.domain.sms_detail import as_wished
from app.domain.sms_presets import REMINDERS
from app.models import MailMessage
from app.services.channels.base import Channel
from app.services.channels.read_keys import new_key
from app.services.drafts import Draft
from app.services.settings import SchoolRules
from app.words import Word, _, speaking

log = structlog.get_logger()
AROUND = {"around_the_rule": True}
USEFUL = {"immediate": timedelta(days=1), "digest": timedelta(days=3)}

# The addresses that accounts have proved to be theirs, the newest first.
PROVED = text("""
SELECT DISTINCT ON (user_id) user_id, address FROM account_contact
WHERE user_id = ANY(:users) AND kind = 'email' AND confirmed_at IS NOT NULL ORDER BY user_id, confirmed_at DESC
""")

ONE_AFTER_THE_OTHER = text("SELECT id FROM student WHERE id = ANY(:students) ORDER BY id FOR NO KEY UPDATE")
HEARD = text("""
SELECT notice_id FROM sms_delivery WHERE notice_id = ANY(:notices) AND channel = :channel AND state = 'told'
UNION SELECT n.id FROM notice n JOIN reminder r ON r.id = n.record_id AND r.kind = 'sign'
WHERE n.id = ANY(:notices) AND n.record = 'reminder'
""")

TITLES: dict[str, Word] = {
    "announcement": _("Announcements"),
    "absence": _("Absences"),
    "mark": _("Marks"),
    "term_mark": _("Term marks"),
    "debt": _("Debts"),
    "remark": _("Remarks and praise"),
    "behaviour_mark": _("Behaviour"),
    "reminder": _("Reminders"),
    "homework": _("Homework"),
    "timetable": _("Changes of the timetable"),
    "count": _("News in figures"),
}


class Email(Channel):
    """To the guardian: at an address that the account has proved, else at the one that the school has on record."""

    name = "email"
    title = _("e-mail")
    unreachable = "sms_wishes.no_email"
    mail_kind = "news"  # app/services/mail_words.py

    def addresses(self, session: Session, readers: Sequence[Any]) -> Mapping[int, str]:
        proved = proved_addresses(session, {row.guardian_user_id for row in readers})
        found = {row.id: proved.get(row.guardian_user_id) or (row.email or "").strip() for row in readers}
        return {key: address for key, address in found.items() if is_email(address)}

    def queue(self, session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
        def reader(draft: Draft) -> tuple[int, str, str, str, int]:
            first = draft.deliveries[0]
            return first.school_id, draft.address, draft.rules.language, draft.kind, first.guardian_id

        for _key, some in groupby(sorted(drafts, key=reader), key=reader):
            self._write(session, list(some), schools)

    def _write(self, session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
        """One mail for all children of whom there is something to say to this address now."""
        first, now = drafts[0], datetime.now(UTC)
        row, school = first.deliveries[0], schools[first.deliveries[0].school_id]
        with speaking(first.rules.language):
            told = [(draft, section) for draft in drafts for section in _sections(draft)]
            if not told:
                return
            names = list(dict.fromkeys(draft.child for draft, _section in told))
            day = now.astimezone(school.zone)
            subject = _("{school}: {names}, {day}", school=school.signature, names=", ".join(names), day=f"{day:%d.%m}")
            mail = MailMessage(
                school_id=row.school_id, kind=self.mail_kind, language=first.rules.language, address=first.address,
                subject=str(subject)[:200], body="\n\n".join(section for _draft, section in told),
                guardian_id=row.guardian_id, expires_at=now + USEFUL.get(first.kind, USEFUL["digest"]), trace=row.trace,
                **self.button(),
            )  # fmt: skip
        session.add(mail)
        session.flush()
        for draft in drafts:
            draft.messages = dict.fromkeys((place for wish in _wished(draft) for place in wish.places), mail)
            draft.counted = {place for wish in _wished(draft) if wish.is_count for place in wish.places}
        log.info("mail.composed", mail=mail.id, kind=first.kind, trace=row.trace)

    def button(self) -> dict[str, Any]:
        """The way to say that it was read; its key is forgotten once the mail is sent."""
        key, kept = new_key()
        return {"button": str(_("I have read this")), "path": f"/read/{key}", "read_hash": kept}


class StudentEmail(Email):
    """To the student's own account, what the family allows: reminders."""

    name = "student_email"
    title = _("the student’s e-mail")
    kinds = REMINDERS
    unreachable = "sms_wishes.no_student_email"
    mail_kind = "reminder"

    def addresses(self, session: Session, readers: Sequence[Any]) -> Mapping[int, str]:
        proved = proved_addresses(session, {row.student_user_id for row in readers})
        return {row.id: proved[row.student_user_id] for row in readers if row.student_user_id in proved}

    def drafts(self, session: Session, due: Sequence[Any], schools: Mapping[int, SchoolRules]) -> list[Draft]:
        """Each reminder once, though two guardians allow it; none to sign, which is not for a student."""
        notices, students = {row.notice_id for row in due}, {row.student_id for row in due if row.student_id}
        session.execute(ONE_AFTER_THE_OTHER, {"students": sorted(students)}, execution_options=AROUND)
        heard = set(
            session.scalars(HEARD, {"channel": self.name, "notices": sorted(notices)}, execution_options=AROUND)
        )
        drafts = super().drafts(session, due, schools)
        for draft in drafts:
            draft.deliveries = [row for row in draft.deliveries if row.notice_id not in heard]
            heard |= {row.notice_id for row in draft.deliveries}
        return [draft for draft in drafts if draft.deliveries]

    def button(self) -> dict[str, Any]:
        return {}  # nobody waits for it


def proved_addresses(session: Session, user_ids: Iterable[int | None]) -> dict[int, str]:
    """The confirmed e-mail address of each of these accounts that has one."""
    wanted = sorted({key for key in user_ids if key is not None})
    if not wanted:
        return {}
    rows = session.execute(PROVED, {"users": wanted}, execution_options=AROUND)
    return {row.user_id: row.address for row in rows if not is_no_address(row.address)}


def _wished(draft: Draft) -> list[Any]:
    return list(as_wished(draft.facts, draft.detail, draft.rules.language))


def _sections(draft: Draft) -> list[str]:
    """Blocks of lines: whom and what it is about, then each fact in a line of its own."""
    found = groups([wish.fact for wish in _wished(draft)], draft.rules.words)
    return ["\n".join((_heading(draft, group.record), *group.lines)) for group in found]


def _heading(draft: Draft, record: str) -> str:
    title = TITLES[record]
    return str(title) if record == "announcement" else f"{draft.child}: {str(title).lower()}"
