"""Own data: a guardian or student sees what differs, what is masked, and whom to see."""

from flask import Flask
from sqlalchemy import Engine

from app.models import Guardian
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import PASSWORD, MadeSchool
from tests.pages.own_data import engine, made, main, mother, proves, teacher
from tests.web_support import Browser, client_for

__all__ = ["engine", "made", "mother", "teacher"]


def test_the_page_names_what_differs_masks_what_is_not_proved_and_says_whom_to_see(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(Guardian, made.mother.id).email = "olga@work.ru"

    told = main(mother.get("/my-details/"))

    assert "+7***01" in told and "+79990000001" not in told and "не подтверждено в учётной записи" in told
    assert "o***@work.ru" in told and "olga@work.ru" not in told and "mama@mail.ru" in told and "расходится" in told
    assert "Ёлкина Анна" in told and "5А" in told and "К кому обратиться: Сидорова Ольга" in told

    proves(engine, made, "phone", "+79990000001")
    told = main(mother.get("/my-details/"))
    assert "+79990000001" in told and "+7***01" not in told and "совпадает" in told


def test_an_account_takes_the_name_of_the_own_record_and_of_no_other(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(Guardian, made.mother.id).surname = "Орлова"
    assert "расходится" in main(mother.get("/my-details/"))

    for record in (f"guardian-{made.father.id}", f"student-{made.anna.id}", "guardian-987654321", "\0", ""):
        assert mother.post("/my-details/name", {"record": record}).status_code == 404
    assert mother.post("/my-details/name", {"record": f"guardian-{made.mother.id}"}).status_code == 303

    assert "расходится" not in main(mother.get("/my-details/")) and "Орлова М." in mother.get("/").text
    assert "имя взято" in mother.get("/sessions/").text.lower()


def test_a_student_sees_the_own_data_and_asks_for_nothing_and_staff_have_none(web: Flask, made: MadeSchool) -> None:
    anna = client_for(web, "anna", PASSWORD)
    told = main(anna.get("/my-details/"))

    assert (
        "как ученик" in told
        and "Ёлкина Анна" in told
        and "Сидорова Ольга" in told
        and "/change" not in told
        and "/child" not in told
    )
    assert anna.post(f"/my-details/{made.mother.id}/change", {}).status_code == 403
    assert "У меня есть код" in main(client_for(web, "teacher", PASSWORD).get("/my-details/"))
