"""Two schools with an outbox each, and the people of the console."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Engine

from app.domain.sms_states import KINDS
from app.models import SmsInbound, SmsLink, SmsMessage, SmsPart, SmsSession, Staff
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool, account, own_and_foreign
from tests.pristine import Pristine
from tests.support import SchoolDatabase

TEXT, REPLY = "Анна: матем 5 с минусом", "спасибо за пятёрку"


@dataclass
class TwoSchools:
    """The own school and a foreign one, each with a link; ids of the messages of the own school by state."""

    own: MadeSchool
    foreign: MadeSchool
    link: int
    foreign_link: int
    inbound: int
    foreign_inbound: int
    foreign_message: int
    by_state: dict[str, int] = field(default_factory=dict)


def two_schools(engine: Engine, first_state: Pristine) -> TwoSchools:
    """Make them; `operator`, `admin` and `head` are of the own one."""
    own, foreign = own_and_foreign(engine, first_state)
    with transaction(engine, SEEDER) as session:
        for login, role, school in (
            ("operator", "operator", own),
            ("admin", "school administrator", own),
            ("other_operator", "operator", foreign),
        ):
            user = account(session, login, role)
            session.add(Staff(school_id=school.school.id, surname=login, given_name="Имя", user_id=user))
        links = [a_link(school, name) for school, name in ((own, "Наш"), (foreign, "Чужой"))]
        session.add_all(links)
        session.flush()
        inbound = [an_inbound(school, link) for school, link in zip((own, foreign), links, strict=True)]
        strange = a_message(foreign, "uncertain", link_id=links[1].id)
        mine = {state: a_message(own, state, link_id=links[0].id) for state in STATES}
        session.add_all([*inbound, strange, *mine.values()])
        session.flush()
        return TwoSchools(
            own, foreign, links[0].id, links[1].id, inbound[0].id, inbound[1].id, strange.id,
            {state: row.id for state, row in mine.items()},
        )  # fmt: skip


STATES = (
    "queued", "claimed", "sending", "accepted", "delivered", "undeliverable", "expired", "rejected", "uncertain",
    "cancelled",
)  # fmt: skip


def a_link(made: MadeSchool, name: str, **changes: Any) -> SmsLink:
    now = datetime.now(UTC)
    given = {"host": "127.0.0.1", "port": 2775, "state": "bound", "heartbeat_at": now, "school_id": made.school.id}
    return SmsLink(name=name, **(given | changes))


def a_session(made: MadeSchool, link_id: int, **changes: Any) -> SmsSession:
    given: dict[str, Any] = {"gateway": 1, "state": "bound", "window": 50, "heartbeat_at": datetime.now(UTC)}
    return SmsSession(school_id=made.school.id, link_id=link_id, **(given | changes))


def a_message(made: MadeSchool, state: str = "queued", **changes: Any) -> SmsMessage:
    now = datetime.now(UTC)
    is_sent = state not in ("queued", "claimed")
    given: dict[str, Any] = {
        "school_id": made.school.id,
        "phone": made.mother.phone,
        "body": TEXT,
        "kind": "digest",
        "state": state,
        "attempts": 1 if is_sent else 0,
        "due_at": now - timedelta(minutes=1),
        "expires_at": now + timedelta(hours=20),
        "created_at": now - timedelta(minutes=1),
        "submitted_at": now if is_sent else None,
    }
    given |= changes
    return SmsMessage(priority=KINDS.index(given["kind"]), **given)


def an_inbound(made: MadeSchool, link: SmsLink) -> SmsInbound:
    return SmsInbound(
        school_id=made.school.id, link_id=link.id, phone=made.mother.phone, body=REPLY, fingerprint=str(made.school.id)
    )


def a_part(message_id: int, link_id: int, **changes: Any) -> SmsPart:
    given: dict[str, Any] = {"number": 1, "attempt": 1, "state": "accepted", "smsc_id": "5eab8da5"}
    return SmsPart(message_id=message_id, link_id=link_id, **(given | changes))


def asked(database: SchoolDatabase, question: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute(question, values).fetchall()


def states(database: SchoolDatabase) -> dict[int, str]:
    return dict(asked(database, "SELECT id, state FROM sms_message"))
