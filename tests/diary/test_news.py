"""The first screen: tomorrow, what is new since the last visit, and the week as a page that is asked about again."""

import gzip
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.models import Homework, HomeworkDone, Lesson, Mark, Remark, Subject
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.diary.conftest import Browse, Clock, Put
from tests.factories import PASSWORD, TODAY, MadeSchool
from tests.web_support import Api, Browser, Statements

NEXT = TODAY + timedelta(days=3)  # Monday
MOST_OF_A_WEEK, MOST_OF_THE_FIRST_SCREEN = 6, 22
OF_EVERY_PAGE = 2  # the session, and who asks
LARGEST_WEEK = 40_000


def unread(start_page: str) -> int:
    """What the start page counts."""
    found = re.search(r'class="unread"[^>]*>[^<]*<span class="count is-warn">(\d+)<', start_page)
    return int(found[1]) if found else 0


def block(page: str, name: str) -> str:
    return page.split(f'id="{name}"')[1].split("</section>")[0]


def fresh(page: str) -> int:
    return int(block(page, "news").split('class="count')[1].split(">")[1].split("<")[0])


def test_the_first_screen_tells_what_is_tomorrow(browser: Browse, day: MadeSchool, put: Put) -> None:
    given = {"school_class_id": day.class_5a.id, "subject_id": day.maths.id, "teacher_id": day.teacher.id}
    put(Lesson(**given, date=NEXT, period=1), Lesson(**given, date=NEXT, period=2, state="cancelled"))
    page = browser("mother").get(f"/diary/{day.anna.id}").text

    told = block(page, "next-day")
    assert "Следующий учебный день" in page and "пн 23.11.2026" in told
    assert "08:30" in told and "§ 12" in told and "is-off" in told
    assert "Эта неделя" in page


def test_what_is_new_is_counted_until_the_next_visit(
    browser: Browse,
    api: Any,
    day: MadeSchool,
    teacher: Api,
    clock: Clock,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.pages.start.now", lambda: clock.now)
    mother, here = browser("mother"), f"/diary/{day.anna.id}"
    assert fresh(mother.get(here).text) == 0
    lesson = {"lesson": day.own_lesson.id, "student": day.anna.id}
    mark = teacher.post("/api/v1/mark/", json=lesson | {"value": "4", "comment": "хорошо"}).json or {}
    teacher.post("/api/v1/homework/", json={"lesson": day.own_lesson.id, "text": "Выучить правило"})
    teacher.post(
        "/api/v1/remark/",
        json={"student": day.anna.id, "given_on": str(TODAY), "text": "Наедине", "to_guardians": True},
    )
    api("secretary").post("/api/v1/announcement/", json={"title": "Субботник", "text": "В субботу"})
    api("head").put(f"/api/v1/lesson/{day.own_lesson.id}", json={"period": 2, "version": 1})
    other = teacher.post("/api/v1/mark/", json=lesson | {"student": day.gleb.id, "value": "2"})
    assert other.status_code == 201

    clock.now += timedelta(hours=2)
    assert [unread(one.get("/").text) for one in (mother, browser("anna"), browser("father"))] == [5, 4, 1]
    page = mother.get(here).text
    told = block(page, "news")
    assert fresh(page) == 5, told
    assert unread(mother.get("/").text) == 5
    for said in ("хорошо", "Выучить правило", "Наедине", "Субботник", "изменение в расписании"):
        assert said in told, said
    assert fresh(mother.get(here).text) == 5  # still on the same visit
    assert fresh(browser("anna").get(here).text) == 4
    child = block(browser("anna").get(here).text, "news")
    assert "хорошо" in child and "Наедине" not in child

    with transaction(engine, SEEDER) as session:
        version = session.get_one(Mark, mark["id"]).version
    teacher.put(f"/api/v1/mark/{mark['id']}", json={"value": "5", "version": version})
    clock.now += timedelta(hours=2)
    assert [unread(one.get("/").text) for one in (mother, browser("father"))] == [1, 1]
    page = mother.get(here).text
    assert fresh(page) == 1 and "с 4 на 5" in block(page, "news")
    newest = page.split('name="newest" value="')[1].split('"')[0]
    assert mother.post(f"{here}/read", {"newest": newest}).status_code == 303
    assert fresh(mother.get(here).text) == 0
    assert "Субботник" in mother.get(f"{here}/news").text
    assert browser("father").get(f"{here}/news").status_code == 404
    assert browser("father").post(f"{here}/read", {"newest": newest}).status_code == 404
    assert mother.post(f"{here}/read", {"newest": "9" * 40}).status_code == 303


def a_full_week(engine: Engine, made: MadeSchool) -> None:
    with transaction(engine, SEEDER) as session:
        subjects = [Subject(school_id=made.school.id, name=f"Предмет {n}", short_name=f"пр{n}") for n in range(7)]
        session.add_all(subjects)
        session.flush()
        for number in range(5):
            for period in range(1, 8):
                lesson = Lesson(
                    school_class_id=made.class_5a.id, subject=subjects[period - 1], teacher_id=made.teacher.id,
                    date=NEXT + timedelta(days=number), period=period, topic="Правописание безударных гласных в корне",
                )  # fmt: skip
                session.add(lesson)
                session.flush()
                session.add(
                    Homework(lesson_id=lesson.id, text="Упражнение 214, правило", due=lesson.date + timedelta(days=1))
                )
                if period % 2:
                    session.add(Mark(lesson_id=lesson.id, student_id=made.anna.id, value="4", comment="старалась"))
        session.add(Remark(student_id=made.anna.id, given_on=NEXT, text="Молодец", kind="praise"))


def test_a_week_is_small_cheap_and_not_sent_twice_to_an_own_device(
    app: Flask, browser: Browse, engine: Engine, day: MadeSchool, put: Put
) -> None:
    a_full_week(engine, day)
    mother, week = browser("mother"), f"/diary/{day.anna.id}/2026-W48"
    mother.get("/diary/")
    with Statements(app) as said:
        first = mother.get(week)
    assert len(said) <= MOST_OF_A_WEEK + OF_EVERY_PAGE, said
    assert first.text.count("Упражнение 214") >= 35 and first.text.count('class="given"') == 20
    assert len(first.data) <= LARGEST_WEEK, len(first.data)
    with Statements(app) as said:
        assert mother.get(f"/diary/{day.anna.id}").status_code == 200
    assert len(said) <= MOST_OF_THE_FIRST_SCREEN, said

    assert first.headers["Cache-Control"] == "private, no-cache" and "Cookie" in first.headers["Vary"]
    again = mother.get(week, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.data == b"" and again.headers["Cache-Control"] == "private, no-cache"
    put(Mark(lesson_id=day.own_lesson.id, student_id=day.anna.id, value="2"))
    assert mother.get(week, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304  # another week's mark
    with transaction(engine, SEEDER) as session:
        session.scalars(select(Remark).where(Remark.text == "Молодец")).one().text = "Молодчина"
    changed = mother.get(week, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and "Молодчина" in changed.text
    assert mother.get("/diary/").headers["Cache-Control"] == "no-store"


def test_a_page_of_the_diary_is_sent_small_where_it_repeats_nothing_of_the_request(
    browser: Browse, day: MadeSchool
) -> None:
    mother, small = browser("mother"), {"headers": {"Accept-Encoding": "gzip, br"}}
    week = f"/diary/{day.anna.id}/2026-W47"
    plain, shrunk = mother.get(week), mother.client.get(week, **small)
    assert shrunk.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in shrunk.headers["Vary"]
    assert gzip.decompress(shrunk.data) == plain.data and len(shrunk.data) * 3 < len(plain.data)
    assert shrunk.headers["ETag"] == plain.headers["ETag"]
    assert mother.get(week, headers={"If-None-Match": plain.headers["ETag"], **small["headers"]}).status_code == 304
    for path in (
        f"/diary/{day.anna.id}?week=2026-W47",
        f"/diary/{day.anna.id}/2026-W99",
        "/",
        f"/absences/{day.anna.id}",
    ):
        assert "Content-Encoding" not in mother.client.get(path, **small).headers, path


def test_nothing_is_kept_on_a_shared_computer(app: Flask, day: MadeSchool) -> None:
    shared = Browser(app)
    shared.get("/login/")
    assert shared.post("/login/", {"username": "mother", "password": PASSWORD, "shared": "1"}).status_code == 303
    week = shared.get(f"/diary/{day.anna.id}/2026-W47")
    assert week.headers["Cache-Control"] == "no-store" and "ETag" not in week.headers


def test_a_student_ticks_homework_and_the_guardian_sees_it(
    browser: Browse, engine: Engine, day: MadeSchool, put: Put
) -> None:
    put(Homework(lesson_id=day.own_lesson.id, text="Доклад о Пифагоре", mandatory=False, due=NEXT))
    child, mother = browser("anna"), browser("mother")
    page = child.get(f"/homework/{day.anna.id}").text
    assert "§ 12" in page and "По желанию" in page and "Доклад о Пифагоре" in page
    assert "Чужое задание" not in page
    key = page.split('name="homework" value="')[1].split('"')[0]

    assert mother.post(f"/homework/{day.anna.id}/done", {"homework": key}).status_code == 403
    assert child.post(f"/homework/{day.anna.id}/done", {"homework": key}).status_code == 303
    assert 'aria-label="сделано"' in mother.get(f"/homework/{day.anna.id}").text
    with transaction(engine, SEEDER) as session:
        assert session.scalars(select(HomeworkDone.student_id)).all() == [day.anna.id]
        foreign = session.scalars(select(Homework.id).where(Homework.text == "Чужое задание")).one()
    assert child.post(f"/homework/{day.anna.id}/done", {"homework": str(foreign)}).status_code == 404
    assert child.post(f"/homework/{day.anna.id}/done", {"homework": "x"}).status_code == 404
    assert child.post(f"/homework/{day.anna.id}/done", {"homework": key}).status_code == 303
    assert 'aria-label="сделано"' not in mother.get(f"/homework/{day.anna.id}").text

    assert "Доклад" not in mother.get(f"/homework/{day.anna.id}?from=2026-12-10&until=2026-12-20").text
    for query, said in (
        ("from=1900-01-01", "с 2000 по 2099"),
        ("until=x", "ДД.ММ.ГГГГ"),
        ("from=2026-12-10&until=2026-12-01", "раньше"),
        ("from=2020-01-01", "Не больше года"),
    ):
        answer = mother.get(f"/homework/{day.anna.id}?{query}")
        assert answer.status_code == 422 and said in answer.text, query
    assert browser("father").get(f"/homework/{day.anna.id}").status_code == 404


def test_an_announcement_of_another_class_is_no_news(browser: Browse, day: MadeSchool, put: Put, api: Any) -> None:
    api("secretary").post(
        "/api/v1/announcement/", json={"title": "Только 5Б", "text": "т", "school_class": day.class_5b.id}
    )
    assert "Только 5Б" not in browser("mother").get(f"/diary/{day.anna.id}/news").text
    assert "Только 5Б" in browser("father").get(f"/diary/{day.boris.id}/news").text
