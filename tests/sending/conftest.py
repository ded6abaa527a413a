"""A made school in which some guardians are hard to reach, and its senders at their browsers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.models import (
    Announcement,
    BellSchedule,
    Consent,
    Guardian,
    Guardianship,
    Notice,
    SchoolClass,
    SchoolSetting,
    SmsMessage,
    Subgroup,
    SubgroupMember,
)
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.session.actors import COMPOSER, SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool, a_guardian
from tests.generator.conftest import api, app, browser, engine, made, mother, teacher
from tests.web_support import Browser
from tests.workers.conftest import working

__all__ = ["api", "app", "browser", "engine", "made", "mother", "teacher", "working"]

AT_ONCE = ("urgent", "immediate")


@pytest.fixture
def hard_to_reach(engine: Engine, made: MadeSchool) -> dict[str, int]:
    """Gleb of 5А has an uncle without consent, with an address; 5Б rings by short bells; Anna is in a group."""
    with transaction(engine, SEEDER) as session:
        uncle = a_guardian(session, made.school, "Зимин", "+79990000003")
        session.scalars(select(Consent).where(Consent.guardian_id == uncle.id)).one().withdrawn_at = datetime.now(UTC)
        uncle.email = "uncle@example.org"
        session.add(Guardianship(guardian=uncle, student_id=made.gleb.id))
        short = BellSchedule(school_id=made.school.id, name="Короткий день")
        usual = BellSchedule(school_id=made.school.id, name="Обычный день", is_default=True)
        session.add_all([short, usual])
        session.flush()
        session.get_one(SchoolClass, made.class_5b.id).bell_schedule_id = short.id
        group = Subgroup(school_class_id=made.class_5a.id, name="Английский 1")
        session.add_all([group, SubgroupMember(subgroup=group, student_id=made.anna.id)])
        session.flush()
        return {"uncle": uncle.id, "short": short.id, "usual": usual.id, "group": group.id}


@pytest.fixture
def head(browser: Callable[[str], Browser]) -> Browser:
    return browser("head")


@pytest.fixture
def secretary(browser: Callable[[str], Browser]) -> Browser:
    return browser("secretary")


@pytest.fixture
def class_teacher(browser: Callable[[str], Browser]) -> Browser:
    return browser("class_teacher")


def set_to(engine: Engine, made: MadeSchool, **settings: str) -> None:
    with transaction(engine, SEEDER) as session:
        session.add_all(
            SchoolSetting(school_id=made.school.id, name=name, value=value) for name, value in settings.items()
        )


def draft(person: Browser, circle: str, **changes: Any) -> int:
    """Write urgent news in the page's form; its number."""
    form = {"title": "Прорвало трубу", "text": "Завтра уроков нет", "circle": circle, "urgent": "yes", **changes}
    answer = person.post("/sending/new", {name: value for name, value in form.items() if value is not None})
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def press_send(person: Browser, engine: Engine, number: int) -> Any:
    return person.post(f"/sending/{number}/send", {"version": str(news(engine, number).version)})


def news(engine: Engine, number: int) -> Announcement:
    with transaction(engine, SEEDER) as session:
        return session.get_one(Announcement, number)


def deliver(engine: Engine) -> None:
    """What the workers do at once after a commit."""
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))
    with transaction(engine, COMPOSER) as session:
        compose_due(session, AT_ONCE, 1000)


def outbox(engine: Engine) -> list[tuple[str, str, str]]:
    """(phone, text, state) in order of phones."""
    with transaction(engine, COMPOSER) as session:
        rows = session.scalars(select(SmsMessage).order_by(SmsMessage.phone, SmsMessage.id)).all()
        return [(one.phone, one.body, one.state) for one in rows]


def comes_to(engine: Engine, phone: str, state: str, error: str | None = None) -> None:
    """What the operator said of the newest text to this phone."""
    with transaction(engine, SEEDER) as session:
        newest = select(SmsMessage).where(SmsMessage.phone == phone).order_by(SmsMessage.id.desc()).limit(1)
        message = session.scalars(newest).one()
        message.state, message.error = state, error
        message.submitted_at = message.done_at = datetime.now(UTC)


def a_text(engine: Engine, guardian: Guardian, state: str, minutes_ago: int, **more: Any) -> None:
    """One that came to its end some time ago."""
    ended = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    with transaction(engine, SEEDER) as session:
        row = {
            "school_id": guardian.school_id, "guardian_id": guardian.id, "phone": guardian.phone, "body": "Новость",
            "kind": "digest", "priority": 4, "state": state, "submitted_at": ended, "done_at": ended,
            "expires_at": ended + timedelta(days=1), "error": "не доставлено на телефон (1)",
        }  # fmt: skip
        session.add(SmsMessage(**{**row, **more}))
