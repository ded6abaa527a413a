"""A family without Internet asks by SMS: what it hears, in how few statements, and what nobody hears."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.models import Consent, Debt, Enrollment, Guardianship, Homework, Lesson, Mark, SmsSubscription
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool
from tests.services.inbound_fuzz import any_text_is_understood, holds_for_any_texts
from tests.services.texting import EVENING, Phones, phones_of

MOTHER, FATHER, STRANGER = "+79990000001", "+79990000002", "+79991111111"
MONDAY = TODAY + timedelta(days=3)
MOST_STATEMENTS = 16  # of an answer, however many children, marks or pieces of homework there are


@pytest.fixture
def phones(engine: Engine, made: MadeSchool) -> Phones:
    """A week with marks, homework, the next lessons and a debt of Anna."""
    with transaction(engine, SEEDER) as session:
        of_class = {"school_class_id": made.class_5a.id, "term_id": made.term.id, "school_id": made.school.id}
        by_class_teacher = {"subject_id": made.russian.id, "teacher_id": made.class_teacher.id}
        russian = Lesson(**of_class, **by_class_teacher, date=TODAY, period=2)
        maths = Lesson(**of_class, subject_id=made.maths.id, teacher_id=made.teacher.id, date=MONDAY, period=1)
        off = Lesson(**of_class, **by_class_teacher, date=MONDAY, period=2, state="cancelled")
        session.add_all([russian, maths, off])
        session.flush()
        at = datetime(2026, 11, 20, 9, tzinfo=UTC)
        mark = {"student_id": made.anna.id, "school_id": made.school.id, "given_on": TODAY, "published_at": at}
        of_russian = {"lesson_id": russian.id}
        session.add_all([
            Mark(**mark, lesson_id=made.own_lesson.id, value="5", work_type_id=made.test.id),
            Mark(**mark, **of_russian, value="4", work_type_id=made.answer.id),
            Mark(**mark | {"published_at": None}, **of_russian, value="2", work_type_id=made.test.id),
            Mark(**mark | {"student_id": made.gleb.id}, **of_russian, value="3", work_type_id=made.test.id),
        ])  # fmt: skip
        work = {"school_id": made.school.id, "school_class_id": made.class_5a.id}
        session.add(Homework(**work, lesson_id=made.own_lesson.id, text="§12, № 5", due=MONDAY))
        session.add(Homework(**work, **of_russian, text="упр. 40, учить правило", due=MONDAY, mandatory=False))
        session.add(Homework(**work, **of_russian, text="только Глебу", due=MONDAY, students=[made.gleb.id]))
        debt = {"student_id": made.anna.id, "school_id": made.school.id, "work_type_id": made.test.id}
        session.add(Debt(**debt, **of_russian, due=MONDAY, task="диктант"))
    return phones_of(engine, made)


def change(engine: Engine, made: MadeSchool, **values: Any) -> None:
    with transaction(engine, SEEDER) as session:
        row = session.get_one(SmsSubscription, made.subscription.id)
        for name, value in values.items():
            setattr(row, name, value)


def statuses(engine: Engine) -> dict[str, str]:
    with transaction(engine, SEEDER) as session:
        return {one.phone: one.status for one in session.scalars(select(SmsSubscription).order_by(SmsSubscription.id))}


def code_in(said: str) -> str:
    found = re.search(r"(?:ДА|YES) (\d{4,6})", said)
    assert found, said
    return found[1]


ASKED = {
    "ОЦ": "Оценки. Анна 20.11: матем 5 (контр); русск 4 (ответ). Шк 1",
    "оценкм матем": "Оценки. Анна: матем 5 (контр) 20.11. Шк 1",
    "1": "Оценки. Анна 20.11: матем 5 (контр); русск 4 (ответ). Шк 1",
    "дз": "Анна: ДЗ на 23.11: матем: §12, № 5; русск (по желанию): упр. 40, учить правило. Шк 1",
    "ДЗ на завтра": "ДЗ 21.11 (Анна): не задано. Шк 1",
    "DZ matem": "Анна: ДЗ матем на 23.11: §12, № 5. Шк 1",
    "дзаня": "Анна: ДЗ на 23.11: матем: §12, № 5; русск (по желанию): упр. 40, учить правило. Шк 1",
    "ДЗ ПН аня": "Анна: ДЗ на 23.11: матем: §12, № 5; русск (по желанию): упр. 40, учить правило. Шк 1",
    "Распсание!": "Расписание 23.11. Анна: 1 матем, 2 русск (отменён). Шк 1",
    "3 сегодня": "Расписание 20.11. Анна: 1 матем, 2 русск. Шк 1",
    "ср": "Средний балл. Анна: матем 5,00; русск 4,00. Шк 1",
    "долги": "Долги. Анна: Долг: русск (контр) до 23.11: диктант. Шк 1",
    "ДЗ Петя": "Не понято: «Петя». Дети: 1 Анна. Шк 1",
    "?": (
        "1 ОЦенки, 2 ДЗ, 3 РАСПисание, 4 СРедний, 5 ДОЛГи, 6 БОЛеет, 7 ПОДПись. Дети: 1 Анна. Так: ДЗ Анна. "
        "ОТМЕНА/ПАУЗА/СТОП/СТАРТ. Шк 1"
    ),
    "стопп": "Не понято: «стопп». Напишите точно: СТОП. Шк 1",
}
FREELY = {
    "Здравствуйте! Какие уроки в понедельник?": "Расписание 23.11. Анна: 1 матем, 2 русск (отменён). Шк 1",
    "ОЦ ВЧЕРА": "Оценки 19.11 (Анна): нет. Шк 1",
    "оценки за неделю": "Оценки. Анна 20.11: матем 5 (контр); русск 4 (ответ). Шк 1",
    "Спасибо!": "Это СМС-дневник. Что можно написать: ПОМОЩЬ. Шк 1",
    "хочу отписаться": "Нужно «СТОП»? Начните СМС с этого слова. Шк 1",
    "расп 31.02": "Не понято: «31.02». Дети: 1 Анна. Шк 1",
}


def test_a_question_is_answered_by_one_short_text_that_says_what_was_understood(phones: Phones) -> None:
    for written, heard in ASKED.items():
        inbound = phones.write(MOTHER, written)
        with phones.statements() as said:
            phones.answer(inbound)

        assert phones.texts()[-1] == (MOTHER, heard)
        assert len(said) <= MOST_STATEMENTS, (written, said)


def test_answers_come_in_the_familys_language_and_letters_and_keep_its_limit(
    engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    for written, heard in FREELY.items():
        assert phones.says(MOTHER, written) == heard
    change(engine, made, script="latin")
    assert phones.says(MOTHER, "dz").startswith("Anna: DZ na 23.11: matem: ")

    change(engine, made, script="cyrillic", language="en", longest_parts=1)
    said = phones.says(MOTHER, "homework")
    assert said.startswith("Анна: HW ")
    assert "And 1 more in the diary." in said


def test_one_phone_for_two_children_answers_for_both_or_for_the_one_named(
    engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(Guardianship(guardian_id=made.mother.id, student_id=made.boris.id))
        session.flush()
        of_boris = {"guardian_id": made.mother.id, "student_id": made.boris.id}
        session.add(SmsSubscription(**of_boris, phone=MOTHER, phone_confirmed_at=EVENING))

    of_both = phones.says(MOTHER, "оц")  # nobody is left out
    assert of_both == "Оценки. Борис: нет. Анна 20.11: матем 5 (контр); русск 4 (ответ). Шк 1"
    assert phones.says(MOTHER, "расп").startswith("23.11. Борис: уроков нет. Анна: 1 матем")  # a heading costs no part
    assert phones.says(MOTHER, "ОЦ БОРЯ") == phones.says(MOTHER, "1 2") == "Оценки (Борис): нет. Шк 1"
    assert "Борис" not in phones.says(MOTHER, "дз аня")
    with transaction(engine, SEEDER) as session:  # each child's own latest day
        earlier = Lesson(
            school_class_id=made.class_5b.id, term_id=made.term.id, school_id=made.school.id, period=1,
            subject_id=made.russian.id, teacher_id=made.class_teacher.id, date=TODAY - timedelta(days=2),
        )  # fmt: skip
        session.add(earlier)
        session.flush()
        given = {"lesson_id": earlier.id, "given_on": earlier.date, "published_at": EVENING - timedelta(days=1)}
        of_boris = {"student_id": made.boris.id, "school_id": made.school.id, "work_type_id": made.test.id}
        session.add(Mark(**given, **of_boris, value="3"))
    assert "Борис: русск 3 (контр) 18.11." in phones.says(MOTHER, "отметки")


def test_what_a_family_does_not_want_told_is_not_told_by_an_answer_either(
    engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    change(engine, made, detail="counts")
    assert phones.says(MOTHER, "оц") == "Оценки. Анна: 2 новые оценки – в дневнике. Шк 1"

    change(engine, made, detail="absences")
    assert phones.says(MOTHER, "оц") == "Оценки (Анна): подробности – в дневнике. Шк 1"


@pytest.mark.parametrize("ended", ["barred", "ended", "gone", "left", "closed", "withdrawn", "unconfirmed"])
def test_rights_are_asked_again_at_every_question(engine: Engine, made: MadeSchool, phones: Phones, ended: str) -> None:
    with transaction(engine, SEEDER) as session:
        beside = session.scalars(select(Guardianship).where(Guardianship.guardian_id == made.mother.id)).one()
        if ended == "barred":
            beside.barred = True
        elif ended == "ended":
            beside.ends_on = TODAY - timedelta(days=1)
        elif ended == "gone":
            session.delete(beside)
        elif ended == "left":
            query = select(Enrollment).where(Enrollment.student_id == made.anna.id)
            session.scalars(query).one().ends_on = TODAY - timedelta(days=1)
        elif ended == "withdrawn":
            consent = {"guardian_id": made.mother.id, "phone": MOTHER, "kind": "sms_diary"}
            session.add(Consent(**consent, withdrawn_at=EVENING))
        elif ended == "unconfirmed":
            session.get_one(SmsSubscription, made.subscription.id).phone_confirmed_at = None
    if ended == "closed":
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE ab_user SET active = false WHERE username = 'mother'")

    said = phones.says(MOTHER, "оц")

    heard = {"unconfirmed": "", "withdrawn": "СМС-дневник отключён. Включить: СТАРТ. Шк 1"}
    assert said == heard.get(ended, "По этому номеру ничего нельзя сообщить. Обратитесь в школу. Шк 1")
    assert phones.states() == ["stranger" if ended == "unconfirmed" else "handled"]


def test_pause_and_start_are_done_after_the_code_that_went_to_the_number(engine: Engine, phones: Phones) -> None:
    question = phones.says(MOTHER, "Пауза")
    assert statuses(engine)[MOTHER] == "active"
    assert phones.says(MOTHER, "да 00000") == "Код не подошёл или устарел. Напишите команду ещё раз. Шк 1"
    assert phones.says(FATHER, f"да {code_in(question)}") == ""

    assert phones.says(MOTHER, f"Да{code_in(question)}") == "СМС-дневник на паузе (Анна). Включить: СТАРТ. Шк 1"
    assert statuses(engine)[MOTHER] == "paused"

    assert "устарел" in phones.says(MOTHER, f"ДА {code_in(question)}")  # a code opens once
    started = phones.says(MOTHER, code_in(phones.says(MOTHER, "START")))
    assert started == "СМС-дневник включён (Анна). Отключить: СТОП. Шк 1"
    assert statuses(engine)[MOTHER] == "active"


def test_a_code_is_guessed_five_times_and_lives_half_an_hour(engine: Engine, phones: Phones) -> None:
    code = code_in(phones.says(MOTHER, "ПАУЗА"))
    for _ in range(5):
        phones.says(MOTHER, "ДА 99999")
    assert "устарел" in phones.says(MOTHER, f"ДА {code}")

    code = code_in(phones.says(MOTHER, "ПАУЗА"))
    phones.now = EVENING + timedelta(minutes=31)
    assert "устарел" in phones.says(MOTHER, f"ДА {code}")
    assert statuses(engine)[MOTHER] == "active"


def test_stop_works_beyond_the_days_answers_and_ends_the_consent(
    engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(Consent(guardian_id=made.mother.id, phone=MOTHER, kind="sms_diary", means="paper"))
    answers = [phones.says(MOTHER, "привет") for _ in range(21)]
    assert answers[19]
    assert answers[20] == ""

    assert phones.says(MOTHER, "Стоп, пожалуйста") == ""
    assert statuses(engine)[MOTHER] == "stopped"
    assert phones.states()[-2:] == ["refused", "handled"]
    with transaction(engine, SEEDER) as session:
        query = select(Consent).where(Consent.guardian_id == made.mother.id)
        kinds = {one.kind: one.withdrawn_at is not None for one in session.scalars(query)}
    assert kinds == {"urgent": False, "sms_diary": True}


def test_after_stop_nothing_is_told_until_start_is_confirmed(engine: Engine, made: MadeSchool, phones: Phones) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(Consent(guardian_id=made.mother.id, phone=MOTHER, kind="sms_diary", means="paper"))
    phones.says(MOTHER, "СТОП")
    assert phones.says(MOTHER, "оц") == "СМС-дневник отключён. Включить: СТАРТ. Шк 1"

    phones.says(MOTHER, f"ДА {code_in(phones.says(MOTHER, 'старт'))}")

    assert "матем 5" in phones.says(MOTHER, "оц")
    with transaction(engine, SEEDER) as session:
        query = select(Consent).where(Consent.guardian_id == made.mother.id, Consent.kind == "sms_diary")
        paper, consent = session.scalars(query.order_by(Consent.id))
    assert paper.withdrawn_at == EVENING
    assert (consent.means, consent.withdrawn_at) == ("reply", None)
    assert consent.proof.startswith("SMS № ")


def test_a_stranger_is_counted_and_never_answered(phones: Phones) -> None:
    for written in ("оц", "СТОП", "ДА 4821", "HELP", "", "ДЗ Анна"):
        assert phones.says(STRANGER, written) == ""

    assert phones.states() == ["stranger"] * 6
    assert phones.texts() == []


def test_no_text_breaks_anything_reaches_a_stranger_or_changes_without_its_code(phones: Phones) -> None:
    any_text_is_understood(examples=150)
    holds_for_any_texts(phones, examples=12)
