"""A phone that texts and reads what comes back, as the inbound job handles it; shared by the stories of two-way SMS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, event, select

from app.models import SmsInbound, SmsLink, SmsMessage
from app.services.inbound import answer_inbound
from app.session.actors import INBOX, SEEDER
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool

EVENING = datetime(TODAY.year, TODAY.month, TODAY.day, 15, tzinfo=UTC)  # 18:00 in Moscow, a Friday


@dataclass
class Phones:
    """`says(phone, text)` → the answer, "" where none comes."""

    engine: Engine
    school_id: int
    link_id: int
    now: datetime = EVENING

    def says(self, phone: str, written: str) -> str:
        inbound = self.write(phone, written)
        before = len(self.texts())
        self.answer(inbound)
        new = self.texts()[before:]
        assert all(to == phone for to, _ in new), "answers go to the number that asked"
        assert len(new) <= 1
        return new[0][1] if new else ""

    def write(self, phone: str, written: str) -> int:
        """Store a text as the gateway does; its id."""
        with transaction(self.engine, SEEDER) as session:
            number = len(session.scalars(select(SmsInbound.id)).all())
            row = SmsInbound(
                school_id=self.school_id, link_id=self.link_id, phone=phone, body=written, fingerprint=f"{number}"
            )
            session.add(row)
        return row.id

    def answer(self, inbound: int) -> None:
        with transaction(self.engine, INBOX) as session:
            answer_inbound(session, [inbound], self.now)

    def texts(self) -> list[tuple[str, str]]:
        with transaction(self.engine, SEEDER) as session:
            return [(one.phone, one.body) for one in session.scalars(select(SmsMessage).order_by(SmsMessage.id))]

    def states(self) -> list[str]:
        with transaction(self.engine, SEEDER) as session:
            return list(session.scalars(select(SmsInbound.state).order_by(SmsInbound.id)))

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        said: list[str] = []

        def hear(connection: object, cursor: object, statement: str, *_: object) -> None:
            said.append(statement)

        event.listen(self.engine, "before_cursor_execute", hear)
        try:
            yield said
        finally:
            event.remove(self.engine, "before_cursor_execute", hear)


def phones_of(engine: Engine, made: MadeSchool) -> Phones:
    with transaction(engine, SEEDER) as session:
        link = SmsLink(school_id=made.school.id, name="one", host="smsc", port=2775)
        session.add(link)
    return Phones(engine, made.school.id, link.id)
