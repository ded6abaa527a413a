"""A family without Internet acts by SMS: an absence, a week's signature; in the guardian's name, after the code."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, text

from app.models import Absence, AbsenceNotice, Enrollment, Guardian, Guardianship, Mark, SmsSubscription, WeekSignature
from app.services.absences import decide, may_decide
from app.services.history import Told, record_history
from app.services.ledger import verify_all
from app.services.signatures import matrix
from app.session.actors import ABSENCE_KEEPER, SEEDER
from app.session.engine import transaction
from config import Settings
from tests.factories import TODAY, MadeSchool, a_guardian, a_mark, person
from tests.services.texting import EVENING, Phones, phones_of

MOTHER, FATHER, GRANDMOTHER = "+79990000001", "+79990000002", "+79990000003"
AROUND = {"around_the_rule": True}
MORNING = EVENING.replace(hour=7)  # ten o'clock at school


@pytest.fixture
def phones(engine: Engine, made: MadeSchool) -> Phones:
    """Gleb's grandmother has a button phone, a subscription, and no account."""
    with transaction(engine, SEEDER) as session:
        grandmother = a_guardian(session, made.school, "Зимина", GRANDMOTHER)
        session.add(Guardianship(guardian=grandmother, student_id=made.gleb.id))
        session.flush()
        session.add(subscription(grandmother.id, made.gleb.id, GRANDMOTHER))
    found = phones_of(engine, made)
    found.now = MORNING
    return found


def subscription(guardian_id: int, student_id: int, phone: str) -> SmsSubscription:
    return SmsSubscription(guardian_id=guardian_id, student_id=student_id, phone=phone, phone_confirmed_at=MORNING)


def code_in(said: str) -> str:
    found = re.search(r"(?:ДА|YES) (\d{4,6})", said)
    assert found, said
    return found[1]


def notices(engine: Engine) -> list[AbsenceNotice]:
    with transaction(engine, SEEDER) as session:
        return list(session.scalars(select(AbsenceNotice).order_by(AbsenceNotice.id)))


def history(engine: Engine, record: str, key: int) -> list[Told]:
    with transaction(engine, SEEDER) as session:
        return list(record_history(session, record, key))


def test_an_absence_is_sent_after_its_code_in_the_name_of_a_guardian_without_an_account(
    engine: Engine, made: MadeSchool, phones: Phones, settings: Settings
) -> None:
    asked = phones.says(GRANDMOTHER, "БОЛ Глеб с понедельника до среды семейные, едем к бабушке")
    said = "Глеб: отсутствие 23.11–25.11 (по семейным обстоятельствам: едем к бабушке)."
    assert asked == f"{said} Сообщить? Ответьте ДА {code_in(asked)}. Шк 1"
    assert phones.says(GRANDMOTHER, "да").startswith("Ответьте ДА и код из СМС")
    assert phones.says(FATHER, f"ДА {code_in(asked)}") == "" and notices(engine) == []

    sent = phones.says(GRANDMOTHER, f"ДА {code_in(asked)}")

    told = said.replace("Глеб:", "Глеб,")
    assert sent == f"Отправлено в школу: {told} Отозвать: ОТМЕНА. Шк 1"
    (notice,) = notices(engine)
    assert (notice.student_id, notice.reason, notice.state, notice.way) == (made.gleb.id, "family", "sent", "sms")
    assert (notice.begins_on, notice.ends_on) == (TODAY + timedelta(days=3), TODAY + timedelta(days=5))
    assert notice.comment == "едем к бабушке"
    (told,) = history(engine, "absence_notice", notice.id)
    assert (told.author, told.way, told.action) == ("Зимина Мария", "sms", "added")
    assert verify_all(settings) == []

    assert "устарел" in phones.says(GRANDMOTHER, f"ДА {code_in(asked)}")  # the code opens once
    refused = phones.says(GRANDMOTHER, "бол 24.11")
    assert "уже" in refused and "23.11.2026" in refused
    again = phones.says(GRANDMOTHER, "6 завтра врач")
    assert phones.says(GRANDMOTHER, "Нет, спасибо") == "Хорошо, ничего не изменено. Шк 1"
    assert "устарел" in phones.says(GRANDMOTHER, f"ДА {code_in(again)}") and len(notices(engine)) == 1


def test_a_guardian_with_an_account_acts_by_its_rights_and_is_named_by_sms(
    engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    phones.now = MORNING.replace(hour=13)  # sixteen o'clock: tomorrow is meant
    for _twice in range(2):
        asked = phones.says(MOTHER, "Болеет")
        assert asked.startswith("Анна: отсутствие 21.11 (болезнь).")
        phones.says(MOTHER, f"ДА {code_in(asked)}")
        with transaction(engine, SEEDER) as session:
            for one in session.scalars(select(AbsenceNotice)):
                one.state = "withdrawn"
    told = [history(engine, "absence_notice", one.id)[-1] for one in notices(engine)]
    assert [(one.author, one.way) for one in told] == [("Ёлкина Мария", "sms")] * 2

    with engine.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM ab_permission_view_role WHERE permission_view_id IN (SELECT pv.id FROM ab_permission_view pv"
            " JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id"
            " WHERE p.name = 'can_write' AND v.name = 'absence_notice')"
        )
    for phone in (MOTHER, GRANDMOTHER):  # what the school has taken from guardians, texts do not give back
        assert "Ответьте" not in phones.says(phone, "БОЛ 23.11")


WRONG = {
    "БОЛ 31.02": "Нет такого дня: «31.02». Пишите: 12.10, 12.10-14.10, ЗАВТРА или ДО ПЯТНИЦЫ. Шк 1",
    "БОЛ 31.12.9999 по ср": "Нет такого дня: «ср».",  # after the last day of all years
    "БОЛ 12-14 ıyun": "Нет такого дня: «12-14 ıyun».",
    "БОЛ 01.10": "не раньше 06.11.2026",
    "БОЛ 01.12.2027": "не позже 20.11.2027",
    "БОЛ 25.11-23.11": "Последний день раньше первого",
    "БОЛ 01.12-30.04.2027": "90",
    "болел": "Не понято: «болел». Напишите точно: БОЛ. Шк 1",
}


def test_what_cannot_be_is_answered_by_what_is_allowed(engine: Engine, phones: Phones) -> None:
    for written, said in WRONG.items():
        answer = phones.says(MOTHER, written)

        assert said in answer, answer
        assert "Ответьте ДА" not in answer and notices(engine) == []


def test_of_several_children_nobody_is_guessed_and_rights_are_asked_again(
    engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(Guardianship(guardian_id=made.mother.id, student_id=made.boris.id))
        session.flush()
        session.add(subscription(made.mother.id, made.boris.id, MOTHER))
    assert phones.says(MOTHER, "БОЛ завтра") == "Кто из детей? 1 Анна, 2 Борис. Например: БОЛ Анна. Шк 1"
    assert phones.says(MOTHER, "ПОДП") == "Кто из детей? 1 Анна, 2 Борис. Например: ПОДП Анна. Шк 1"
    both = phones.says(MOTHER, "БОЛ Аня Боря завтра")
    with transaction(engine, SEEDER) as session:
        session.execute(text("UPDATE guardianship SET barred = true WHERE student_id = :boris"),
                        {"boris": made.boris.id}, execution_options=AROUND)  # fmt: skip

    assert "Анна, отсутствие 21.11" in phones.says(MOTHER, f"ДА {code_in(both)}")

    assert [one.student_id for one in notices(engine)] == [made.anna.id]
    with transaction(engine, SEEDER) as session:
        session.scalars(select(Enrollment).where(Enrollment.student_id == made.anna.id)).one().ends_on = TODAY
    assert "20.11.2026" not in phones.says(MOTHER, "БОЛ 23.11")


def test_an_absence_reported_by_mistake_is_taken_back_after_its_code(
    engine: Engine, made: MadeSchool, phones: Phones, settings: Settings
) -> None:
    nothing = "Отзывать нечего (Глеб): от вас нет сообщений об отсутствии. Шк 1"
    assert phones.says(GRANDMOTHER, "ОТМЕНА") == nothing
    ill = phones.says(GRANDMOTHER, "БОЛ 23.11-25.11 грипп")
    assert phones.says(GRANDMOTHER, "Отмена!") == "Хорошо, ничего не изменено. Шк 1"  # of what was asked back
    assert "устарел" in phones.says(GRANDMOTHER, f"ДА {code_in(ill)}") and notices(engine) == []
    for days in ("20.11-25.11", "26.11"):
        phones.says(GRANDMOTHER, f"ДА {code_in(phones.says(GRANDMOTHER, f'БОЛ {days}'))}")

    asked = phones.says(GRANDMOTHER, "бол отмена")

    assert asked == f"Глеб: отозвать отсутствие 26.11 (болезнь)? Ответьте ДА {code_in(asked)}. Шк 1"
    assert [one.state for one in notices(engine)] == ["sent", "sent"]
    again = phones.says(GRANDMOTHER, "отменить отсутствия")  # asked anew, and not “of what was asked back”
    assert "устарел" in phones.says(GRANDMOTHER, f"ДА {code_in(asked)}")
    assert phones.says(GRANDMOTHER, f"да {code_in(again)}") == "Отозвано: Глеб, отсутствие 26.11 (болезнь). Шк 1"
    first, second = notices(engine)
    assert (first.state, second.state) == ("sent", "withdrawn")
    told = history(engine, "absence_notice", second.id)[0]
    assert (told.author, told.way, told.action) == ("Зимина Мария", "sms", "changed")

    with transaction(engine, person(engine, "class_teacher")) as session:
        may_decide(session, first.id, TODAY)
    with transaction(engine, ABSENCE_KEEPER) as session:
        decide(session, first.id, True, "", None)
    phones.now = MORNING + timedelta(days=3)  # Monday: Friday stays excused
    rest = phones.says(GRANDMOTHER, "cancel Глеб")
    assert rest.startswith("Глеб: отозвать отсутствие 23.11–25.11 (болезнь)?")
    assert phones.says(GRANDMOTHER, code_in(rest)).startswith("Отозвано: Глеб, отсутствие 23.11–25.11")
    (first, _second) = notices(engine)
    assert (first.state, first.ends_on) == ("accepted", TODAY + timedelta(days=2))
    with transaction(engine, SEEDER) as session:
        assert [
            one.missed_on for one in session.scalars(select(Absence).where(Absence.student_id == made.gleb.id))
        ] == [TODAY]
    assert phones.says(GRANDMOTHER, "ОТМЕНА") == nothing
    assert verify_all(settings) == []


def test_only_the_own_last_report_is_taken_back_and_only_while_there_is_a_right(
    engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(Guardianship(guardian_id=made.mother.id, student_id=made.gleb.id))
        session.add(Guardianship(guardian_id=made.mother.id, student_id=made.boris.id))
        session.flush()
        session.add(subscription(made.mother.id, made.boris.id, MOTHER))
    phones.says(GRANDMOTHER, f"ДА {code_in(phones.says(GRANDMOTHER, 'БОЛ завтра'))}")
    assert phones.says(MOTHER, "ОТМЕНА") == "Отзывать нечего (Анна, Борис): от вас нет сообщений об отсутствии. Шк 1"
    phones.says(MOTHER, f"ДА {code_in(phones.says(MOTHER, 'БОЛ Анна Борис завтра'))}")
    assert phones.says(MOTHER, "ОТМЕНА Глеб").startswith("Не понято: «Глеб».")
    one = phones.says(MOTHER, "ОТМЕНА Боря")
    assert one.startswith("Борис: отозвать отсутствие 21.11 (болезнь)?")
    both = phones.says(MOTHER, "ОТМЕНА")
    assert both.startswith("Анна, Борис: отозвать отсутствие 21.11 (болезнь)?")
    assert phones.says(GRANDMOTHER, f"ДА {code_in(both)}").startswith("Код не подошёл")
    with transaction(engine, SEEDER) as session:
        session.execute(text("UPDATE guardianship SET barred = true WHERE student_id = :boris"),
                        {"boris": made.boris.id}, execution_options=AROUND)  # fmt: skip

    assert phones.says(MOTHER, f"ДА {code_in(both)}").startswith("Отозвано: Анна, отсутствие 21.11")

    states = {one.student_id: one.state for one in notices(engine)}
    assert states == {made.gleb.id: "sent", made.anna.id: "withdrawn", made.boris.id: "sent"}


def signed(engine: Engine) -> list[tuple[int, str]]:
    with transaction(engine, SEEDER) as session:
        return [(one.guardian_id, one.means) for one in session.scalars(select(WeekSignature))]


def of_gleb(engine: Engine, made: MadeSchool, **changes: Any) -> None:
    at = datetime(2026, 11, 20, 6, tzinfo=UTC)
    given = {"student_id": made.gleb.id, "work_type_id": made.test.id, "published_at": at, "value": "4"}
    with transaction(engine, SEEDER) as session:
        session.add(a_mark(made, **given | changes))


def test_a_week_is_said_and_signed_and_asked_again_where_it_has_changed(
    engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    nothing = "Подписывать нечего (Глеб). Текущую неделю можно подписать с пятницы. Шк 1"
    assert phones.says(GRANDMOTHER, "ПОДП") == nothing
    of_gleb(engine, made)
    of_gleb(engine, made, value="2")
    with engine.begin() as connection:  # still a draft
        connection.exec_driver_sql("UPDATE mark SET published_at = NULL WHERE value = '2'")

    asked = phones.says(GRANDMOTHER, "7")

    assert asked == f"Неделя с 16.11. Глеб: матем 4 (контр) 20.11. Подписать неделю? Ответьте ДА {code_in(asked)}. Шк 1"
    of_gleb(engine, made, value="3", work_type_id=made.answer.id)
    changed = phones.says(GRANDMOTHER, f"ДА {code_in(asked)}")
    assert changed.startswith(
        "Неделя изменилась, подпишите заново. Неделя с 16.11. Глеб 20.11: матем 4 (контр), 3 (ответ)"
    )
    assert signed(engine) == []

    done = phones.says(GRANDMOTHER, code_in(changed))

    assert done == "Неделя с 16.11 подписана (Глеб). Шк 1"
    with transaction(engine, SEEDER) as session:
        grandmother = session.scalars(select(Guardian).where(Guardian.phone == GRANDMOTHER)).one()
        (kept,) = session.scalars(select(WeekSignature))
    assert signed(engine) == [(grandmother.id, "sms")]
    assert [(one.author, one.way) for one in history(engine, "week_signature", kept.id)] == [("Зимина Мария", "sms")]
    assert phones.says(GRANDMOTHER, "ПОДП") == nothing
    with transaction(engine, person(engine, "class_teacher")) as session:
        _mondays, lines = matrix(session, made.class_5a.id, TODAY)
    assert [line.cells[0] for line in lines] == ["nothing", "signed"]

    with transaction(engine, SEEDER) as session:
        for mark in session.scalars(select(Mark).where(Mark.published_at.is_not(None))):
            mark.value = "5"
    phones.now = MORNING + timedelta(days=4)  # Tuesday: the last week is meant
    assert "матем 5 (контр), 5 (ответ)" in phones.says(GRANDMOTHER, "подпись Глеб")


def test_a_family_that_wants_figures_only_signs_by_figures(engine: Engine, made: MadeSchool, phones: Phones) -> None:
    of_gleb(engine, made)
    with transaction(engine, SEEDER) as session:
        for one in session.scalars(select(SmsSubscription)):
            one.detail, one.longest_parts, one.language = "counts", 2, "en"

    asked = phones.says(GRANDMOTHER, "sign")

    assert asked.startswith("Week from 16.11. Глеб: 1 new mark in the diary")
    with transaction(engine, SEEDER) as session:
        session.execute(delete(Mark).where(Mark.student_id == made.gleb.id), execution_options=AROUND)
    assert phones.says(GRANDMOTHER, f"YES {code_in(asked)}").startswith("Nothing to sign")
