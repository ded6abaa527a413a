"""A week is signed by password or by a code from an SMS; what changes afterwards asks to be signed again."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from app.models import Guardianship, Mark, Remark, SmsMessage, WeekSignature
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.diary.conftest import Browse, Clock, Put
from tests.factories import PASSWORD, MadeSchool, a_guardian, account

WEEK = "2026-W47"


def main(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.text.split("<main")[1].split("</main>")[0])


def seen(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return found[1]


def signatures(engine: Engine) -> list[WeekSignature]:
    with transaction(engine, SEEDER) as session:
        return list(session.scalars(select(WeekSignature).order_by(WeekSignature.id)))


def test_a_mother_signs_and_is_asked_again_when_a_mark_changes(
    browser: Browse, engine: Engine, day: MadeSchool, put: Put
) -> None:
    mother, week = browser("mother"), f"/diary/{day.anna.id}/{WEEK}"
    page = main(mother.get(week))
    assert "Подпись родителя" in page and "Сидорова" in page

    for given, said in (({}, "Введите пароль"), ({"password": "not this"}, "Это не ваш пароль")):
        refused = mother.post(f"{week}/sign", {"seen": seen(page), **given})
        assert refused.status_code == 422 and said in refused.text
    assert signatures(engine) == []

    signed = mother.post(f"{week}/sign", {"seen": seen(page), "password": PASSWORD})
    assert signed.status_code == 303 and signed.location == f"{week}#signature"
    page = main(mother.get(week))
    assert "Подписано" in page and "паролем" in page and 'name="seen"' not in page
    (kept,) = signatures(engine)
    assert kept.guardian_id == day.mother.id and len(kept.content_hash) == 64 and len(kept.parts) == 4

    with transaction(engine, SEEDER) as session:
        session.scalars(select(Mark).where(Mark.student_id == day.anna.id)).one().value = "3"
        session.delete(session.scalars(select(Remark).where(Remark.text == "Зайдите в школу")).one())
    put(Mark(lesson_id=day.own_lesson.id, student_id=day.anna.id, value="4"))
    page = main(mother.get(week))
    assert "С тех пор" in page and "изменено: отметка, Математика 20.11" in page
    assert "новое: отметка, Математика 20.11" in page and "убрано: замечание" in page
    again = mother.post(f"{week}/sign", {"seen": seen(page), "password": PASSWORD})
    assert again.status_code == 303 and len(signatures(engine)) == 2
    assert "С тех пор" not in main(mother.get(week))


def test_a_week_that_changed_a_second_ago_is_shown_before_it_is_signed(
    browser: Browse, engine: Engine, day: MadeSchool, put: Put
) -> None:
    mother, week = browser("mother"), f"/diary/{day.anna.id}/{WEEK}"
    before = seen(main(mother.get(week)))
    put(Mark(lesson_id=day.own_lesson.id, student_id=day.anna.id, value="2"))

    refused = mother.post(f"{week}/sign", {"seen": before, "password": PASSWORD})

    assert refused.status_code == 409 and "Пока вы смотрели" in refused.text and seen(refused.text) != before
    assert signatures(engine) == []


def test_two_guardians_sign_each_for_themselves_and_nobody_else_does(
    browser: Browse, engine: Engine, day: MadeSchool, clock: Clock, put: Put
) -> None:
    with transaction(engine, SEEDER) as session:
        user = account(session, "granny", "guardian")
        granny = a_guardian(session, day.school, "Бабушкина", "+79990000009", user)
        session.add(Guardianship(guardian=granny, student_id=day.anna.id))
    week = f"/diary/{day.anna.id}/{WEEK}"
    both = [browser("mother"), browser("granny")]
    pages = [main(one.get(week)) for one in both]
    for one, page in zip(both, pages, strict=True):
        for _twice in range(2):
            assert one.post(f"{week}/sign", {"seen": seen(page), "password": PASSWORD}).status_code == 303
    assert len(signatures(engine)) == 2

    put(Mark(lesson_id=day.own_lesson.id, student_id=day.anna.id, value="4"))
    at_once = [*both, browser("mother")]  # two guardians, and one of them on two devices, in the same moment
    now = seen(main(both[0].get(week)))
    main(at_once[2].get(week))
    with ThreadPoolExecutor(3) as hands:
        signing = [hands.submit(one.post, f"{week}/sign", {"seen": now, "password": PASSWORD}) for one in at_once]
        assert [one.result().status_code for one in signing] == [303, 303, 303]
    assert len(signatures(engine)) == 4

    child, father = browser("anna"), browser("father")
    assert 'name="seen"' not in main(child.get(week)) and "подписывают родители" in child.get(week).text
    assert child.post(f"{week}/sign", {"seen": "0" * 64, "password": PASSWORD}).status_code == 403
    assert father.post(f"{week}/sign", {"seen": "0" * 64, "password": PASSWORD}).status_code == 404
    assert both[0].post(f"/diary/{day.anna.id}/2026-W99/sign", {"password": PASSWORD}).status_code == 404

    later = f"/diary/{day.anna.id}/2026-W48"
    early = both[0].post(f"{later}/sign", {"seen": "0" * 64, "password": PASSWORD})
    assert early.status_code == 422 and "можно подписать начиная с" in early.text
    clock.now -= timedelta(days=1)  # Thursday
    assert 'name="seen"' not in main(both[0].get(week))


def test_a_code_from_an_sms_signs_once(browser: Browse, engine: Engine, day: MadeSchool) -> None:
    mother, week = browser("mother"), f"/diary/{day.anna.id}/{WEEK}"
    page = mother.post(f"{week}/code")
    assert page.status_code == 200 and "Код из СМС" in page.text
    with transaction(engine, SEEDER) as session:
        text = session.scalars(select(SmsMessage).where(SmsMessage.kind == "code")).one()
    code = re.search(r"\b[0-9]{6}\b", text.body)
    assert text.phone == "+79990000001" and code is not None

    wrong = mother.post(f"{week}/sign", {"seen": seen(page.text), "code": f"{(int(code[0]) + 1) % 10**6:06}"})
    assert wrong.status_code == 422 and 'role="alert"' in wrong.text
    assert mother.post(f"{week}/sign", {"seen": seen(page.text), "code": code[0]}).status_code == 303
    (kept,) = signatures(engine)
    assert kept.means == "sms"
    assert "по коду из СМС" in main(mother.get(week))


def test_the_class_teacher_sees_who_has_signed(browser: Browse, engine: Engine, day: MadeSchool, put: Put) -> None:
    mother, week = browser("mother"), f"/diary/{day.anna.id}/{WEEK}"
    leader = browser("class_teacher")
    assert "Подписи недель · 5А" in main(leader.get("/signatures/"))

    def cells() -> list[str]:
        page = main(leader.get(f"/signatures/{day.class_5a.id}"))
        rows = re.findall(r'<th scope="row">([^<]+)</th><td class="is-(\w+)">', page)
        return [f"{name.split()[0]} {state}" for name, state in rows]

    assert cells() == ["Ёлкина unsigned", "Зимин unsigned"]
    mother.post(f"{week}/sign", {"seen": seen(main(mother.get(week))), "password": PASSWORD})
    assert cells() == ["Ёлкина signed", "Зимин unsigned"]
    put(Mark(lesson_id=day.own_lesson.id, student_id=day.anna.id, value="2"))
    assert cells() == ["Ёлкина changed", "Зимин unsigned"]

    assert leader.get(f"/signatures/{day.class_5b.id}").status_code == 404
    assert "Вы не классный руководитель" in main(mother.get("/signatures/"))
    assert mother.get(f"/signatures/{day.class_5a.id}").status_code == 404
    assert browser("teacher").get("/signatures/").status_code == 403


def test_a_week_in_which_the_clocks_are_changed_is_a_week_like_others(
    browser: Browse, made: MadeSchool, clock: Clock, put: Put
) -> None:
    spring, autumn, zone = date(2027, 3, 28), date(2026, 10, 25), ZoneInfo("Europe/Berlin")  # Sundays
    put(*(Remark(student_id=made.anna.id, given_on=day, text="В день перевода часов") for day in (spring, autumn)))
    mother, here = browser("mother"), f"/diary/{made.anna.id}"
    for day, hour, fold, weeks, said in (
        (spring, 1, 0, ("2027-W11", "2027-W13"), "22.03 – 28.03.2027"),
        (spring, 3, 0, ("2027-W11", "2027-W13"), "22.03 – 28.03.2027"),
        (autumn, 2, 0, ("2026-W42", "2026-W44"), "19.10 – 25.10.2026"),
        (autumn, 2, 1, ("2026-W42", "2026-W44"), "19.10 – 25.10.2026"),
    ):
        clock.now = datetime(day.year, day.month, day.day, hour, 30, fold=fold, tzinfo=zone)
        page = main(mother.get(here))
        assert said in page and all(f'href="{here}/{week}"' in page for week in weeks), (day, hour, fold)
        assert "В день перевода часов" in page.split('id="today"')[1].split("</section>")[0], (day, hour, fold)
