"""A family with a button phone and no Internet lives a school week: all of it by SMS, through the operator."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from app.models import Guardianship, Homework, SmsInbound
from app.services.inbound import answer_inbound
from app.services.reminders import remind
from app.session.actors import INBOX, REMINDER, SEEDER
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool, a_guardian
from tests.services.test_compose import deliver
from tests.sms_gateway.support import RunningSimulator, eventually
from tests.stories.conftest import Browse, Clock, Put
from tests.web_support import Api

PHONE = "+79990000003"
FRIDAY = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)  # 15:00 at school


@dataclass
class ButtonPhone:
    """Grandmother's phone, and the week's clock."""

    line: RunningSimulator
    engine: Engine
    now: datetime = FRIDAY
    read: int = 0

    def reads(self) -> str:
        """The next text that comes."""
        texts = eventually(lambda: self.line.texts(PHONE)[self.read :])
        self.read += 1
        return str(texts[0])

    def says(self, written: str) -> str:
        """Write to the school; what it answers."""
        self.writes(written)
        return self.reads()

    def writes(self, written: str) -> None:
        before = self._newest()
        self.line.post(f"phones/{PHONE}/reply", text=written)
        inbound = eventually(lambda: self._newest() if self._newest() > before else 0)
        with transaction(self.engine, INBOX) as session:
            answer_inbound(session, [inbound], self.now)

    def hears_nothing(self) -> bool:
        return len(self.line.texts(PHONE)) == self.read

    def _newest(self) -> int:
        with transaction(self.engine, SEEDER) as session:
            return session.scalar(select(func.max(SmsInbound.id))) or 0


def code_in(said: str) -> str:
    found = re.search(r"ДА (\d{4,6})", said)
    assert found, said
    return found[1]


@pytest.fixture
def phone(
    engine: Engine, made: MadeSchool, line: RunningSimulator, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> ButtonPhone:
    """Gleb's grandmother: the school knows her, she has no account, and nobody has subscribed her."""
    with transaction(engine, SEEDER) as session:
        grandmother = a_guardian(session, made.school, "Зимина", PHONE)
        session.add(Guardianship(guardian=grandmother, student_id=made.gleb.id))
        grandmother.phone_confirmed_at = None
    made_phone = ButtonPhone(line, engine)
    monkeypatch.setattr("app.services.clock.now", lambda: made_phone.now)
    return made_phone


def subscribed_at_the_desk(secretary: Any) -> None:
    place = re.search(r"/sms-desk/(\d+)", secretary.get("/sms-desk/?q=зимина").text)
    assert place
    wishes = {"preset": "evening", "detail": "full", "script": "cyrillic", "language": "ru", "digest_at": "18:00"}
    answer = secretary.post(f"/sms-desk/{place[1]}", {**wishes, "phone": PHONE, "consent": "yes"})
    assert answer.status_code == 303, answer.text


def test_a_week_of_a_family_without_internet(
    api: Callable[[str], Api], browser: Browse, clock: Clock, engine: Engine, made: MadeSchool, put: Put,
    phone: ButtonPhone,
) -> None:  # fmt: skip
    teacher, leader = api("teacher"), browser("class_teacher")
    subscribed_at_the_desk(browser("secretary"))
    asked = phone.reads()
    phone.now = datetime.now(UTC)  # the code of the desk lives by its clock
    assert phone.says(f"ДА {code_in(asked)}").startswith("Телефон подтверждён, СМС-дневник включён (Глеб).")
    phone.now = FRIDAY

    # Friday: a mark, corrected after it was told; homework that is asked for.
    given = {"lesson": made.own_lesson.id, "student": made.gleb.id, "value": "4", "work_type": made.test.id}
    mark = teacher.post("/api/v1/mark/", json=given).json
    assert mark is not None
    deliver(engine, and_digests=True)
    assert phone.reads() == "Глеб: матем 4 (контр) 20.11. Шк 1"
    version = teacher.get(f"/api/v1/mark/{mark['id']}").json["result"]["version"]  # type: ignore[index]
    assert teacher.put(f"/api/v1/mark/{mark['id']}", json={"value": "5", "version": version}).status_code == 200
    deliver(engine, and_digests=True)
    assert phone.reads() == "Глеб: матем 5 вместо 4 (контр) 20.11. Шк 1"
    put(Homework(lesson_id=made.own_lesson.id, text="§12, № 5", due=TODAY + timedelta(days=3)))
    assert phone.says("дз матем") == "Глеб: ДЗ матем на 23.11: §12, № 5. Шк 1"

    # The week is signed; on Monday Gleb stays in bed.
    week = phone.says("ПОДП")
    assert week.startswith("Неделя с 16.11. Глеб: матем 5 (контр) 20.11.")
    assert phone.says(f"Да {code_in(week)}") == "Неделя с 16.11 подписана (Глеб). Шк 1"
    assert "is-signed" in leader.get(f"/signatures/{made.class_5a.id}").text
    phone.now = clock.now = FRIDAY.replace(day=23, hour=5)
    ill = phone.says("бол до среды температура 38")
    assert ill.startswith("Глеб: отсутствие 23.11–25.11 (болезнь: 38). Сообщить?")
    assert phone.says(code_in(ill)).startswith("Отправлено в школу")
    page = leader.get("/absence-notices/").text
    assert "по СМС: Зимина Мария" in page and "Зимин Глеб" in page
    number = re.search(r'action="/absence-notices/(\d+)"', page)
    assert number and leader.post(f"/absence-notices/{number[1]}", {"decision": "accept"}).status_code == 303
    deliver(engine)
    assert phone.reads() == "Глеб: Отсутствие 23.11–25.11: принято. Шк 1"

    # Tuesday: the class meets on Thursday.
    starts = FRIDAY.replace(day=26, hour=15)
    meeting = {"title": "Собрание 5А", "kind": "meeting", "place": "201", "starts_at": starts.isoformat()}
    event = api("class_teacher").post("/api/v1/event/", json=meeting | {"school_class": made.class_5a.id}).json
    assert event is not None
    phone.now = FRIDAY.replace(day=24, hour=9)
    with transaction(engine, REMINDER) as session:
        remind(session, made.school.id, phone.now)
    deliver(engine, and_digests=True)
    assert "Собрание 26.11 18:00 Собрание 5А, 201. Придёте? Ответьте ДА или НЕТ" in phone.reads()
    assert phone.says("ДА").startswith("Записали: 26.11 18:00 Собрание 5А – придёте (Глеб).")
    assert "придут: 1" in leader.get(f"/meetings/{event['id']}").text

    # Urgent news; then enough of it, and back.
    urgent = {"title": "Завтра нет уроков", "text": "Мороз", "urgent": True}
    assert api("head").post("/api/v1/announcement/", json=urgent).status_code == 201
    deliver(engine)
    assert phone.reads().startswith("Завтра нет уроков. Мороз")
    assert phone.says("Стоп") == "СМС-дневник отключён. Включить: СТАРТ. Шк 1"
    teacher.post("/api/v1/mark/", json=given | {"value": "3"})
    deliver(engine, and_digests=True)
    assert phone.hears_nothing()
    again = phone.says("СТАРТ")
    assert phone.says(f"ДА {code_in(again)}") == "СМС-дневник включён (Глеб). Отключить: СТОП. Шк 1"
    assert phone.says("?").startswith("1 ОЦенки, 2 ДЗ")
