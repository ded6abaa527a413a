"""What a family's text is understood as: commands, children, days and subjects, however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.sms_commands import BY_COMMAND, TABLE, Command
from app.domain.sms_question import Asked, Known, understood
from app.domain.sms_replies import help_text
from app.domain.sms_text import segment_count

KNOWN = Known(
    ("Мария", "Пётр"),
    {1: ("Математика", "матем", "matem"), 2: ("Русский язык", "русск", "russk"), 3: ("Физика", "физ", "fiz")},
)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("ОЦ", Asked(Command.MARKS)),
        ("oц.", Asked(Command.MARKS)),  # a Latin o
        ("  оценки!!! ", Asked(Command.MARKS)),
        ("оцнеки", Asked(Command.MARKS)),
        ("Otsenki Masha", Asked(Command.MARKS, (0,))),
        ("marks petr", Asked(Command.MARKS, (1,))),
        ("1-2", Asked(Command.MARKS, (1,))),
        ("2 завтра Маша", Asked(Command.HOMEWORK, (0,), day="завтра")),
        ("ДЗ по русскому", Asked(Command.HOMEWORK, subjects=(2,))),
        ("ДЗ Русский язык", Asked(Command.HOMEWORK, subjects=(2,))),
        ("дз ФИЗИКА, матем", Asked(Command.HOMEWORK, subjects=(3, 1))),
        ("Маша домашка на завтра", Asked(Command.HOMEWORK, (0,), day="завтра")),
        ("дз на ПН", Asked(Command.HOMEWORK, day="пн")),
        ("2 30.11 Маша", Asked(Command.HOMEWORK, (0,), day="30.11")),
        ("дз 30 ноября", Asked(Command.HOMEWORK, day="30 ноября")),
        ("дз 31.02", Asked(Command.HOMEWORK, strange="31.02")),
        ("расп ср", Asked(Command.TIMETABLE, day="ср")),
        ("оценки за неделю", Asked(Command.MARKS, is_week=True)),
        ("Здравствуйте, какие оценки у Маши?", Asked(Command.MARKS, (0,))),
        ("Спасибо большое!", Asked(Command.HELP, is_polite=True)),
        ("хочу отписаться", Asked(Command.HELP, strange="хочу", later=Command.STOP)),
        ("дзпетя", Asked(Command.HOMEWORK, (1,))),
        ("расписание сегодня", Asked(Command.TIMETABLE, day="сегодня")),
        ("средний балл", Asked(Command.AVERAGES)),
        ("СРЕДА", Asked(Command.HELP, strange="СРЕДА")),
        ("дз Вася", Asked(Command.HOMEWORK, strange="Вася")),
        ("CTOП", Asked(Command.STOP)),
        ("Стоп пожалуйста", Asked(Command.STOP)),
        ("не стоп", Asked(Command.HELP, strange="не", later=Command.STOP)),
        ("стопп", Asked(Command.HELP, strange="стопп", nearly=Command.STOP)),
        ("паузв", Asked(Command.HELP, strange="паузв", nearly=Command.PAUSE)),
        ("пауза маша", Asked(Command.PAUSE, (0,))),
        ("ДА4821", Asked(Command.YES, code="4821")),
        ("4821", Asked(Command.YES, code="4821")),
        ("да", Asked(Command.YES)),
        ("Нет!", Asked(Command.NO)),
        ("меня нет", Asked(Command.HELP, strange="меня")),
        ("бол Маша завтра", Asked(Command.ABSENCE)),
        ("6", Asked(Command.ABSENCE)),
        ("Болеет до пятницы", Asked(Command.ABSENCE)),
        ("болел", Asked(Command.HELP, strange="болел", nearly=Command.ABSENCE)),
        ("Маша болеет", Asked(Command.HELP, strange="Маша", later=Command.ABSENCE)),
        ("Отмена маша", Asked(Command.WITHDRAW, (0,))),
        ("OTMEHA", Asked(Command.WITHDRAW)),
        ("otmena 2", Asked(Command.WITHDRAW, (1,))),
        ("бол отмена", Asked(Command.WITHDRAW)),
        ("cancel absence", Asked(Command.WITHDRAW)),
        ("отмена болезни", Asked(Command.WITHDRAW)),
        ("отмена Вася", Asked(Command.WITHDRAW, strange="Вася")),
        ("отменна", Asked(Command.HELP, strange="отменна", nearly=Command.WITHDRAW)),
        ("отметкм", Asked(Command.MARKS)),
        ("маша отмена", Asked(Command.HELP, strange="маша", later=Command.WITHDRAW)),
        ("подп маша", Asked(Command.SIGN, (0,))),
        ("Sign 2", Asked(Command.SIGN, (1,))),
        ("?", Asked(Command.HELP)),
        ("", Asked(Command.HELP)),
        ("🎄", Asked(Command.HELP)),
    ],
)
def test_a_text_is_understood(written: str, asked: Asked) -> None:
    assert understood(written, KNOWN) == asked


def test_all_that_may_be_texted_is_told_by_two_segments() -> None:
    for names, language in ((["Анна", "Борис", "Екатерина"], "ru"), (["Анна"], "en")):
        assert segment_count(f"{help_text(names, language)} Шк 12") <= 2


def test_no_word_or_digit_means_two_commands() -> None:
    words = [word for one in TABLE for word in one.words]

    assert len(words) == len(set(words))
    assert len({one.digit for one in TABLE if one.digit}) == len([one for one in TABLE if one.digit])


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["СТОП", "дз", "Маша", "2", "ДА", "завтра", "🎄", "0"])).map(" ".join)
)
def test_nothing_but_the_exact_first_word_changes_anything(written: str) -> None:
    asked = understood(written, KNOWN)

    if BY_COMMAND[asked.command].changes and asked.command is not Command.YES:
        said = BY_COMMAND[asked.command]
        assert any(written.casefold().count(word[0]) for word in (*said.words, said.digit or "—"))
        assert asked.strange == "" or asked.command in (Command.PAUSE, Command.START, Command.SIGN, Command.WITHDRAW)
    assert set(asked.children) <= {0, 1}
    assert set(asked.subjects) <= {1, 2, 3}
