"""Requests for a change of own data: asked by a guardian, accepted once by who decides, or declined with a word."""

from threading import Barrier, Thread
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import Engine, select

from app.models import DataRequest, Guardianship
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import PASSWORD, MadeSchool
from tests.pages.own_data import asks, engine, made, mails, main, mother, proves, teacher, the_mother, the_request
from tests.support import SchoolDatabase
from tests.web_support import Browser, api_for, client_for

__all__ = ["engine", "made", "mother", "teacher"]


def test_a_request_is_told_to_the_class_teacher_and_one_click_changes_the_record(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser, teacher: Browser, database: SchoolDatabase
) -> None:
    answer = asks(mother, made, surname="Ёлкина-Палкина", phone="8 (999) 777-66-55", email="NEW@mail.ru")

    assert answer.status_code == 303 and answer.location == "/my-details/"
    (mail,) = mails(engine, "teacher@school.org")
    assert mail.path == "/requests/" and "Палкина" not in mail.body and "999" not in mail.body + mail.subject
    assert "Просьбы семей" in main(teacher.get("/"))
    told = main(teacher.get("/requests/"))
    assert "Ёлкина-Палкина" in told and "+79997776655" in told and "new@mail.ru" in told and "+79990000001" in told
    assert the_mother(engine, made).surname == "Ёлкина"  # nothing before the click

    request = the_request(engine)
    accepted = teacher.post(f"/requests/{request.id}/accept")

    assert accepted.status_code == 303
    guardian = the_mother(engine, made)
    assert (guardian.surname, guardian.phone, guardian.email) == ("Ёлкина-Палкина", "+79997776655", "new@mail.ru")
    assert guardian.phone_confirmed_at is None
    assert the_request(engine).state == "accepted"
    with psycopg.connect(database.owner_url) as connection:
        author = connection.execute(
            "SELECT p.name FROM revision r JOIN pseudonym p ON p.key = r.author"
            " WHERE r.record = 'guardian' AND r.record_id = %s AND r.action = 'changed'", (made.mother.id,),
        ).fetchall()  # fmt: skip
    assert author == [("Сидорова Ольга",)]
    told_to_her = [one for one in mails(engine, "mama@mail.ru") if one.kind == "request"]
    assert [one.path for one in told_to_her] == ["/my-details/"]
    details = main(mother.get("/my-details/"))
    assert "принято" in details and details.count("Ёлкина-Палкина Мария") == 2  # the account is called so too
    assert "принято" in main(mother.get("/"))
    assert "Просьбы семей" not in main(teacher.get("/")).split('class="everything"')[0]


def test_a_proved_phone_stays_confirmed_when_the_school_takes_it(
    engine: Engine, made: MadeSchool, mother: Browser, teacher: Browser
) -> None:
    proves(engine, made, "phone", "+79997776655")
    asks(mother, made, phone="+79997776655")

    teacher.post(f"/requests/{the_request(engine).id}/accept")

    guardian = the_mother(engine, made)
    assert guardian.phone == "+79997776655" and guardian.phone_confirmed_at is not None


def test_declining_wants_a_word_and_tells_it(
    engine: Engine, made: MadeSchool, mother: Browser, teacher: Browser
) -> None:
    asks(mother, made, surname="Иная")
    number = the_request(engine).id
    teacher.get("/requests/")

    empty = teacher.post(f"/requests/{number}/decline", {"answer": " "})
    endless = teacher.post(f"/requests/{number}/decline", {"answer": "я" * 10_000})
    assert empty.status_code == endless.status_code == 422 and "Напишите" in empty.text
    assert the_request(engine).state == "waiting"

    teacher.post(f"/requests/{number}/decline", {"answer": "Принесите свидетельство"})
    assert the_mother(engine, made).surname == "Ёлкина"
    assert "Принесите свидетельство" in main(mother.get("/my-details/"))
    assert "Принесите свидетельство" in mails(engine, "mama@mail.ru")[-1].body


def test_two_clicks_at_once_change_it_once_and_what_is_decided_or_withdrawn_stays(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser, teacher: Browser, database: SchoolDatabase
) -> None:
    asks(mother, made, surname="Иная")
    number = the_request(engine).id
    clicks = [teacher, client_for(web, "secretary", PASSWORD)]
    for one in clicks:
        one.get("/requests/")
    together, answers = Barrier(2), list[Any]()

    def click(browser: Browser) -> None:
        together.wait(10)
        answers.append(browser.client.post(f"/requests/{number}/accept", data={"csrf_token": browser.token}))

    threads = [Thread(target=click, args=(one,)) for one in clicks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [answer.status_code for answer in answers] == [303, 303]
    with psycopg.connect(database.owner_url) as connection:
        changes = connection.execute("SELECT count(*) FROM revision WHERE record = 'guardian' AND action = 'changed'")
        assert changes.fetchone() == (1,)
    assert len([one for one in mails(engine, "mama@mail.ru") if one.kind == "request"]) == 1
    late = teacher.post(f"/requests/{number}/decline", {"answer": "Нет"})
    assert late.status_code == 303 and "тем временем решена" in teacher.get("/requests/").text
    assert the_request(engine).state == "accepted"

    asks(mother, made, surname="Третья")
    second = the_request(engine).id
    assert mother.post(f"/my-details/requests/{second}/withdraw").status_code == 303
    teacher.post(f"/requests/{second}/accept")
    assert the_request(engine).state == "withdrawn" and the_mother(engine, made).surname == "Иная"
    assert mother.post(f"/my-details/requests/{second}/withdraw").status_code == 303


WRONG = (
    ("phone", "12", "Номер телефона выглядит так"),
    ("phone", "9" * 10_000, "Не больше 40"),
    ("email", "мама", "Адрес почты выглядит так"),
    ("surname", "я" * 10_000, "Не больше 60"),
    ("surname", "А\x00Б", "Одна строка текста"),
    ("surname", "Ёлкина", "хотя бы одно"),
    ("surname", "", "хотя бы одно"),
)


def test_a_wrong_value_is_told_by_its_field_and_nothing_typed_is_lost(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    for field, value, told in WRONG:
        answer = asks(mother, made, patronymic="Ивановна" if field != "surname" else "", **{field: value})

        assert answer.status_code == 422 and told in answer.text, (field, value[:10])
        assert field == "surname" or "Ивановна" in answer.text
        assert f'id="g{made.mother.id}-{field}-error"' in answer.text
    assert the_request(engine) is None


def test_nobody_decides_about_others_or_the_own_and_no_door_goes_around_it(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser, teacher: Browser, database: SchoolDatabase
) -> None:
    asks(mother, made, surname="Иная")
    number = the_request(engine).id
    assert mother.post(f"/requests/{number}/accept").status_code == 403
    father, head = client_for(web, "father", PASSWORD), client_for(web, "head", PASSWORD)
    assert father.post(f"/my-details/requests/{number}/withdraw").status_code == 404
    assert father.post(f"/my-details/{made.mother.id}/change", {}).status_code == 404
    assert head.post(f"/requests/{number}/accept").status_code == 403
    api = api_for(web, "mother", PASSWORD)
    assert api.get(f"/api/v1/data_request/{number}").status_code == 200
    assert api.put(f"/api/v1/data_request/{number}", json={"state": "accepted", "version": 1}).status_code in (
        403,
        404,
        405,
        422,
    )
    assert api_for(web, "father", PASSWORD).get(f"/api/v1/data_request/{number}").status_code == 404
    assert the_request(engine).state == "waiting"

    with psycopg.connect(database.owner_url) as connection:  # the class teacher of 5А becomes one of 5Б only
        connection.execute("UPDATE school_class SET class_teacher_id = NULL WHERE id = %s", (made.class_5a.id,))
        connection.execute(
            "UPDATE school_class SET class_teacher_id = %s WHERE id = %s", (made.class_teacher.id, made.class_5b.id)
        )
    foreign, unknown = teacher.post(f"/requests/{number}/accept"), teacher.post("/requests/987654321/accept")
    assert foreign.status_code == unknown.status_code == 404 and foreign.text == unknown.text
    assert teacher.post(f"/requests/{2**70}/accept").status_code == 404
    assert "Иная" not in main(teacher.get("/requests/"))

    with psycopg.connect(database.owner_url) as connection:  # a class teacher who is the mother herself
        connection.execute(
            "UPDATE school_class SET class_teacher_id = %s WHERE id = %s", (made.class_teacher.id, made.class_5a.id)
        )
        connection.execute("UPDATE guardian SET user_id = NULL WHERE id = %s", (made.mother.id,))
        connection.execute(
            "UPDATE guardian SET user_id = (SELECT id FROM ab_user WHERE username = 'class_teacher') WHERE id = %s",
            (made.mother.id,),
        )
    assert teacher.post(f"/requests/{number}/accept").status_code == 404
    assert the_request(engine).state == "waiting"


def test_who_has_no_right_any_more_changes_nothing(
    engine: Engine, made: MadeSchool, mother: Browser, teacher: Browser
) -> None:
    asks(mother, made, surname="Иная")
    with transaction(engine, SEEDER) as session:
        session.scalars(select(Guardianship).where(Guardianship.guardian_id == made.mother.id)).one().barred = True

    teacher.get("/requests/")
    answer = teacher.post(f"/requests/{the_request(engine).id}/accept")

    assert answer.status_code == 303 and "по просьбе ничего изменить нельзя" in teacher.get("/requests/").text
    assert the_mother(engine, made).surname == "Ёлкина" and the_request(engine).state == "waiting"
    told = main(mother.get("/my-details/"))
    assert "Анна" not in told.replace("Ёлкина Мария", "") and "Ask" not in told and "/change" not in told
    assert asks(mother, made, phone="+79990001122").status_code == 303
    assert the_request(engine).surname == "Иная"


def test_a_missing_child_is_linked_by_the_office_alone_and_a_wrong_one_ends(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser, teacher: Browser
) -> None:
    assert asks(mother, made, "child", child_name=" ").status_code == 422
    wrong = asks(mother, made, "child", child_name="Борисов Борис", child_born_on="32.13.2015")
    assert wrong.status_code == 422 and "ДД.ММ.ГГГГ" in wrong.text and "Борисов Борис" in wrong.text
    asks(mother, made, "child", child_name="борисов  Борис", note="Я опекун")
    number = the_request(engine).id

    assert "Ребёнка связывает канцелярия" in main(teacher.get("/requests/"))
    teacher.post(f"/requests/{number}/accept", {"child": str(made.boris.id)})
    assert the_request(engine).state == "waiting"
    secretary = client_for(web, "secretary", PASSWORD)
    assert f'value="{made.boris.id}"' in main(secretary.get("/requests/"))
    secretary.post(f"/requests/{number}/accept", {"child": "987654321"})
    secretary.post(f"/requests/{number}/accept")
    assert the_request(engine).state == "waiting"
    secretary.post(f"/requests/{number}/accept", {"child": str(made.boris.id)})
    assert the_request(engine).state == "accepted"
    assert "Борисов Борис" in main(mother.get("/my-details/"))

    assert asks(mother, made, "not-mine", child=str(made.gleb.id)).status_code == 404
    asks(mother, made, "not-mine", child=str(made.boris.id))
    number = the_request(engine).id
    teacher.post(f"/requests/{number}/accept")  # Boris is of another class
    assert the_request(engine).state == "waiting"
    secretary.post(f"/requests/{number}/accept")
    assert mother.get(f"/diary/{made.boris.id}").status_code == 404
    asks(mother, made, "child", child_name="Борисов Борис")
    secretary.get("/requests/")
    secretary.post(f"/requests/{the_request(engine).id}/accept", {"child": str(made.boris.id)})
    assert "уже стоит рядом" in secretary.get("/requests/").text and the_request(engine).state == "waiting"


def test_many_requests_are_refused_calmly(engine: Engine, made: MadeSchool, mother: Browser) -> None:
    for number in range(12):
        assert asks(mother, made, "child", child_name=f"Ребёнок {number}").status_code == 303
    assert asks(mother, made, surname="Иная").status_code == 303

    with transaction(engine, SEEDER) as session:
        assert len(session.scalars(select(DataRequest)).all()) == 10
    assert "много просьб" in mother.get("/my-details/").text
