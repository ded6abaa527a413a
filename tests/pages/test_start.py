"""The start page tells each person what waits for them: their own rows, and nobody else's."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import Engine, select

from app.models import Guardian, SmsAlarm, SmsBudget, SmsLink, Staff, Student
from app.pages import start
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.web.resources import resources
from tests.factories import PASSWORD, TODAY, MadeSchool, a_school, account
from tests.pages.start_day import a_day
from tests.pristine import Pristine
from tests.support import SchoolDatabase
from tests.web_support import Browser, Statements, add_account, client_for

MOST = 13
PEOPLE = (
    "teacher", "class_teacher", "head", "secretary", "health", "authority", "operator", "admin", "mother", "father",
    "anna",
)  # fmt: skip
OF_5B = ("Борисов", "5Б", "Чужое задание", "Чужая тема", "Замечание Борису")


@dataclass
class Clock:
    """The moment that the page takes for now; a test moves it."""

    now: datetime


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock(datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=ZoneInfo("Europe/Moscow")))
    monkeypatch.setattr(start, "now", lambda: moved.now)
    return moved


@pytest.fixture
def engine(web: Flask) -> Engine:
    return resources(web).engine


@pytest.fixture
def made(engine: Engine, first_state: Pristine) -> MadeSchool:
    """A school in the middle of a day, and a foreign one where the same happened."""
    return first_state.lay("a day", lambda: _in_the_middle_of_a_day(engine))


def _in_the_middle_of_a_day(engine: Engine) -> MadeSchool:
    own, foreign = a_school(engine), a_school(engine, "Школа № 2", "strange_")
    for school, prefix in ((own, ""), (foreign, "strange_")):
        a_day(engine, school)
        with transaction(engine, SEEDER) as session:
            for login, role in (
                ("health", "health worker"),
                ("operator", "operator"),
                ("admin", "school administrator"),
            ):
                user = account(session, prefix + login, role)
                session.add(Staff(school_id=school.school.id, surname=login, given_name="Имя", user_id=user))
    with transaction(engine, SEEDER) as session:
        account(session, "authority", "authority")
        name = "Чужакова"
        for row in (
            session.get_one(Student, foreign.anna.id),
            session.get_one(Student, foreign.gleb.id),
            session.get_one(Guardian, foreign.mother.id),
        ):
            row.surname = name
    return own


@pytest.fixture
def page(web: Flask, made: MadeSchool, clock: Clock) -> Callable[[str], str]:
    """`page("teacher")`: the blocks that this person's start page shows."""
    return lambda username: blocks(client_for(web, username, PASSWORD))


def blocks(browser: Browser) -> str:
    answer = browser.get("/")
    assert answer.status_code == 200
    main = answer.text.split("<main")[1].split("</main>")[0]
    assert 'class="everything"' in main  # the menu stands below, for everyone
    return main.split('class="everything"')[0]


def has_none_of(told: str, *words: str) -> bool:
    return [word for word in words if word in told] == []


def test_a_teacher_sees_own_lessons_and_what_they_lack(page: Callable[[str], str], clock: Clock) -> None:
    told = page("teacher")

    assert "Мои уроки сегодня" in told
    assert "08:30–09:15" in told
    assert "5А · Математика" in told
    assert "ср 18.11.2026" in told
    for lacking in ("нет темы", "нет задания", "нет отметок и пропусков"):
        assert told.count(lacking) == 1
    assert has_none_of(told, "Русский язык", *OF_5B)

    clock.now -= timedelta(days=4)  # Monday: the next lesson is on Wednesday
    assert "Мои ближайшие уроки: ср 18.11.2026" in page("teacher")
    clock.now += timedelta(days=60)
    told = page("teacher")
    assert "На ближайшие три недели у вас нет уроков" in told
    assert "Ничего: у каждого урока последних семи дней" in told


def test_a_class_teacher_sees_the_own_class(page: Callable[[str], str], clock: Clock) -> None:
    told = page("class_teacher")

    assert "Мой класс: 5А" in told
    absent = told.split("Отсутствуют сегодня")[1].split("<h3>")[0]
    assert "Ёлкина Анна" in absent
    assert "1 урок" in absent
    silent = told.split("До кого не дойдёт СМС-дневник")[1].split("<h3>")[0]
    assert "Зимин Глеб" in silent
    assert "нет представителя" in silent
    assert "Ёлкина" not in silent  # her mother is subscribed
    assert "Опоздала &lt;b&gt;дважды&lt;/b&gt;" in told
    assert has_none_of(told, "Чужакова", *OF_5B)

    clock.now += timedelta(days=3)
    told = page("class_teacher")
    assert "Сегодня отсутствующих не отмечено." in told
    assert "Отсутствовали: пт 20.11.2026" in told


def test_the_head_sees_the_day_of_the_own_school_in_figures(
    page: Callable[[str], str], web: Flask, engine: Engine, made: MadeSchool
) -> None:
    told = page("head")

    day = told.split("Школа сегодня")[1].split("</section>")[0]
    figures = [int(part.split("<")[0]) for part in day.split('">')[1:] if part.split("<")[0].isdigit()]
    assert figures == [2, 0, 0, 2, 1, 1]  # planned, held, cancelled; marks; absent, ill: not the other school's
    behind = told.split("Где журнал не заполнен")[1].split("</section>")[0]
    assert "1 из 1" in behind
    assert "Канал СМС не настроен" in told
    assert told.count("Собрание") == 1
    assert has_none_of(told, "Чужакова", "Ёлкина")

    with transaction(engine, SEEDER) as session:
        link = SmsLink(school_id=made.school.id, name="Наш", host="127.0.0.1", port=2775)
        session.add(link)
    assert "СМС сейчас не уходят" in page("head")  # no gateway has given a sign of life

    with transaction(engine, SEEDER) as session:
        bound = session.get_one(SmsLink, link.id)
        bound.state, bound.heartbeat_at = "bound", datetime.now(UTC)
        session.add(SmsBudget(school_id=made.school.id, amount=0, begins_on=date(2026, 1, 1)))
    assert "уходят только коды и срочные СМС, остальные новости ждут" in page("head")
    with transaction(engine, SEEDER) as session:
        session.add(SmsAlarm(school_id=made.school.id, kind="undelivered", link_id=link.id, counted=40, good=2))
    assert "уходят, но почти не доходят" in page("head")
    assert "«Наш» принял СМС: 40, а доставлено только 2" in page("operator")
    assert 'zvonok_sms_alarms{kind="undelivered"} 1.0' in web.test_client().get("/metrics").text


def test_the_secretary_sees_what_the_registers_lack(
    page: Callable[[str], str], engine: Engine, made: MadeSchool
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(Student(school_id=made.school.id, surname="Новикова", given_name="Вера"))
        session.get_one(Guardian, made.father.id).phone = None

    told = page("secretary")

    for title, name in (
        ("Классы без классного руководителя", "5Б"),
        ("Ученики без класса", "Новикова Вера"),
        ("Ученики без представителя", "Зимин Глеб"),
        ("Представители без телефона", "Борисов Мария"),
    ):
        assert name in told.split(title)[1].split("</p>")[0]
    assert "Чужакова" not in told
    assert ">3</a>" in told.split("ученики</dt>")[1]  # who has a class
    assert has_none_of(told, "за доску", "Опоздала")


def test_the_health_worker_sees_who_is_ill(page: Callable[[str], str], clock: Clock) -> None:
    told = page("health")

    ill = told.split("Болеют сегодня")[1]
    assert "Ёлкина Анна" in ill
    assert "5А" in ill
    assert has_none_of(told, "Чужакова", "за доску", "Зимин", *OF_5B)

    clock.now += timedelta(days=30)
    assert "Сегодня заболевших не отмечено" in page("health")


def test_the_authority_sees_figures_without_small_groups_and_names(
    page: Callable[[str], str], engine: Engine, made: MadeSchool
) -> None:
    told = page("authority")

    assert "Школа № 1" in told
    assert "Школа № 2" in told
    assert told.count("<td>меньше пяти</td>") == 2
    assert "2 школы" in told
    total = told.split("<tfoot>")[1]
    assert "<td>4</td><td>0</td>" in total  # classes; no small group is told by a difference
    assert has_none_of(told, "Ёлкина", "Анна", "Зимин", "Борисов", "Чужакова", "Иванова", "Собрание")


def test_the_operator_sees_the_links_and_the_administrator_what_is_missing(
    page: Callable[[str], str], engine: Engine, made: MadeSchool
) -> None:
    told = page("operator")
    assert "Каналов ещё нет" in told
    assert 'href="/console/uncertain/"' in told
    assert has_none_of(told, "Ёлкина", "Чужакова", "Учётные записи")

    with transaction(engine, SEEDER) as session:
        lost = User(first_name="Иван", last_name="Безролев", username="lost", email="l@x.org", active=True)
        shut = User(first_name="Пётр", last_name="Закрытов", username="shut", email="s@x.org", active=False)
        stray = User(first_name="Лев", last_name="Ничейный", username="stray", email="n@x.org", active=True)
        session.add_all([lost, shut, stray])
        session.flush()
        for user in (lost, shut):
            names = {"surname": user.last_name, "given_name": user.first_name}
            session.add(Staff(school_id=made.school.id, user_id=user.id, **names))
    told = page("admin")
    assert "Безролев Иван (lost)" in told
    assert has_none_of(told, "Закрытов", "Ничейный")  # of no school, and there are two
    setup = told.split("Настройка школы")[1].split("</section>")[0]
    assert "На сегодня нет расписания." in setup
    assert "Нет действующего канала СМС" in setup
    assert "Нет ни одного предмета." not in setup
    assert has_none_of(told, "Ёлкина", "Чужакова", "за доску")


def test_a_mother_sees_her_child_and_the_child_not_what_is_for_parents(page: Callable[[str], str]) -> None:
    told = page("mother")

    for word in (
        "Ёлкина Анна", "Сегодня, пт 20.11.2026", "08:30–09:15", "Математика", "за доску", "Ответ на уроке", "§ 12",
        "на пн 23.11.2026", "Опоздала &lt;b&gt;дважды&lt;/b&gt;", "Зайдите в школу", "+79990000001",
    ):  # fmt: skip
        assert word in told, word
    assert has_none_of(told, "Зимин", "Чужакова", *OF_5B)

    told = page("anna")
    for word in ("Мой дневник", "за доску", "§ 12", "Опоздала"):
        assert word in told, word
    assert has_none_of(told, "Зайдите в школу", "СМС-дневник", "+7999", "Зимин", *OF_5B)


def test_a_father_without_a_diary_is_told_how_to_get_one(page: Callable[[str], str], clock: Clock) -> None:
    clock.now += timedelta(days=60)

    told = page("father")

    assert "Борисов Борис" in told
    assert "На ближайшие три недели уроков нет" in told
    assert "За последние семь дней отметок нет." in told
    assert "У вас нет СМС-дневника на этого ребёнка" in told
    assert 'href="/sms-diary/child/' in told


def test_who_may_nothing_is_told_whom_to_ask(web: Flask, database: SchoolDatabase, clock: Clock) -> None:
    add_account(database, "newcomer")

    answer = client_for(web, "newcomer").get("/")

    assert "попросите роль в канцелярии школы" in answer.text
    assert 'class="block"' not in answer.text


def test_every_link_opens_and_nobodys_page_takes_more_than_thirteen_statements(
    web: Flask, engine: Engine, made: MadeSchool, clock: Clock
) -> None:
    with transaction(engine, SEEDER) as session:  # as in the demo: both roles
        user = session.scalars(select(User).where(User.username == "class_teacher")).one()
        user.roles.append(session.scalars(select(Role).where(Role.name == "teacher")).one())
    costs = {}
    for username in PEOPLE:
        browser = client_for(web, username, PASSWORD)
        with Statements(web) as said:
            assert browser.get("/").status_code == 200
        costs[username] = len(said)
        for link in set(re.findall(r'href="([^"]*)"', blocks(browser))):
            assert browser.get(unescape(link)).status_code == 200, (username, link)

    assert {name: cost for name, cost in costs.items() if cost > MOST} == {}, costs
