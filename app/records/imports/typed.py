"""Columns of a record type's workbook: from what the model says of its fields, in the words of its form."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, Date, Integer, Numeric, String, Time, inspect

from app.models import Lesson
from app.records.imports.people import NAMES
from app.records.record_type import RecordType
from app.records.words import LABELS
from app.services.imports import cells
from app.services.imports.columns import Column
from app.words import Word

LESSON_KEY = ("school_class", "date", "period", "subject", "subgroup")
LONGEST = 10_000
SAMPLES = {
    "academic_year": "2026/27", "bell_schedule": "Обычный день", "begins_on": "01.09.2026", "born_on": "12.03.2015",
    "class_teacher": "Иванова Ольга Петровна", "date": "12.11.2026", "due": "13.11.2026", "email": "name@example.org",
    "ends_at": "9:15", "ends_on": "31.05.2027", "given_name": "Анна", "grade_level": "5", "patronymic": "Петровна",
    "period": "3", "phone": "+7 999 123-45-67", "position": "учитель", "room": "21", "school_class": "5А",
    "seats": "30", "starts_at": "8:30", "student": "Ёлкина Анна", "subject": "Математика", "surname": "Ёлкина",
    "teacher": "Иванова Ольга Петровна", "text": "№ 12, 13", "topic": "Дроби", "value": "5",
    "work_type": "Контрольная работа",
}  # fmt: skip
ALSO_CALLED = {
    "student": ("фио", "фио ученика", "учащийся", "фамилия имя"), "teacher": ("преподаватель", "фио учителя"),
    "period": ("урок", "№ урока"), "value": ("отметка", "оценка"), "room": ("кабинет",), "school_class": ("класс",),
}  # fmt: skip


def columns_of(record_type: RecordType) -> tuple[Column, ...]:
    """What a row of the workbook may tell; a lesson is told by class, day, hour and subject."""
    assert record_type.imported is not None
    relations = inspect(record_type.model).relationships
    found: list[Column] = []
    for name in record_type.imported.fields or record_type.fields:
        relation = relations.get(name)
        if relation is not None and relation.mapper.class_ is Lesson:
            found += _of_lesson(name)
        elif relation is not None:
            found.append(_related(record_type, name))
        else:
            found.append(_plain(record_type, name))
    return tuple(found)


def _of_lesson(relation: str) -> list[Column]:
    reads: dict[str, Callable[[Any], Any]] = {"date": cells.day, "period": cells.whole}
    return [
        Column(
            f"{relation}.{name}", LABELS[name], reads.get(name, cells.text_of), required=name != "subgroup",
            aliases=(name, *ALSO_CALLED.get(name, ())), sample=SAMPLES.get(name, ""), limit=200,
        )
        for name in LESSON_KEY
    ]  # fmt: skip


def _label(record_type: RecordType, name: str) -> Word:
    return record_type.labels.get(name) or LABELS.get(name) or Word(name.replace("_", " ").capitalize())


def _is_required(record_type: RecordType, name: str, column: Any) -> bool:
    has_default = column.default is not None or column.server_default is not None
    return not (column.nullable or has_default or name in record_type.optional or name == "academic_year")


def _related(record_type: RecordType, name: str) -> Column:
    (local,) = inspect(record_type.model).relationships[name].local_columns
    return Column(
        name, _label(record_type, name), required=_is_required(record_type, name, local),
        aliases=ALSO_CALLED.get(name, ()), sample=SAMPLES.get(name, ""), limit=200,
    )  # fmt: skip


def _plain(record_type: RecordType, name: str) -> Column:
    column: Any = inspect(record_type.model).column_attrs[name].columns[0]
    choices = record_type.choices.get(name)
    sample = SAMPLES.get(name, "")
    if name == "name":
        sample = str(record_type.one) if record_type.name != "school_class" else "5А"
    if choices:
        sample = str(next(iter(choices.values())))
    return Column(
        name, _label(record_type, name), cells.said(choices) if choices else _reader(name, column),
        required=_is_required(record_type, name, column), aliases=ALSO_CALLED.get(name, ()), sample=sample,
        limit=getattr(column.type, "length", None) or LONGEST,
    )  # fmt: skip


def _reader(name: str, column: Any) -> Callable[[Any], Any]:
    if isinstance(column.type, String):
        special = {"phone": cells.phone, "email": cells.email} | dict.fromkeys(NAMES, cells.name)
        return special.get(name, cells.text_of)
    kinds: tuple[tuple[type, Callable[[Any], Any]], ...] = (
        (Boolean, cells.yes_no),
        (Date, cells.day),
        (Time, cells.clock),
        (Integer, cells.whole),
        (Numeric, cells.decimal),
    )
    return next(read for kind, read in kinds if isinstance(column.type, kind))
