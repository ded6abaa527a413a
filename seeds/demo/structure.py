"""The demo school's frame: year, terms, subjects, scale, work types, rooms, bells, settings."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from sqlalchemy.orm import Session

from app.domain.settings import DEFINITIONS
from app.models import (
    AcademicYear,
    BellPeriod,
    BellSchedule,
    Holiday,
    Scale,
    School,
    SchoolSetting,
    SmsTariff,
    Subject,
    Term,
    WorkType,
)
from app.models.base import Table
from config import Settings
from seeds.demo.calendar import Calendar
from seeds.demo.laying import lay

SCHOOL = "Школа № 12"
PRICE_OF_A_SEGMENT = Decimal("3.20")  # roubles, so that the pages of money have something to reckon with

SUBJECTS = {  # short name → name, the same in Latin letters
    "русск": ("Русский язык", "russk"),
    "чтение": ("Литературное чтение", "chtenie"),
    "литер": ("Литература", "liter"),
    "англ": ("Английский язык", "angl"),
    "матем": ("Математика", "matem"),
    "алгеб": ("Алгебра", "algeb"),
    "геом": ("Геометрия", "geom"),
    "информ": ("Информатика", "inform"),
    "истор": ("История", "istor"),
    "общ": ("Обществознание", "obsch"),
    "геогр": ("География", "geogr"),
    "биол": ("Биология", "biol"),
    "физика": ("Физика", "fizika"),
    "химия": ("Химия", "himiya"),
    "окруж": ("Окружающий мир", "okruzh"),
    "музыка": ("Музыка", "muzyka"),
    "изо": ("Изобразительное искусство", "izo"),
    "труд": ("Труд (технология)", "trud"),
    "физра": ("Физическая культура", "fizra"),
    "обзр": ("Основы безопасности и защиты Родины", "obzr"),
}

WORK_TYPES = {  # short name → name, in Latin letters, kind, weight
    "ответ": ("Ответ на уроке", "otvet", "class_work", "1"),
    "классн": ("Работа на уроке", "klassn", "class_work", "1"),
    "самост": ("Самостоятельная работа", "samost", "test", "1.5"),
    "контр": ("Контрольная работа", "kontr", "test", "2"),
    "диктант": ("Диктант", "diktant", "test", "2"),
    "тест": ("Тест", "test", "test", "1.5"),
    "дом": ("Домашняя работа", "dom", "homework", "1"),
    "проект": ("Проект", "proekt", "class_work", "2"),
}
DEFAULT_WORK_TYPE = "ответ"

BELLS = {  # name of the schedule → when each period begins, and how many minutes it lasts
    "Обычный день": ("08:30 09:25 10:30 11:35 12:40 13:35 14:30", 45),
    "Сокращённый день": ("08:30 09:10 09:55 10:40 11:25 12:05 12:45", 30),
}

SETTINGS = {  # others: as they come
    "hold_back_minutes": "0",
    "quiet_hours": "no",
    "old_news_days": "0",
    "confirmation_families": "0",
    "uncertain_grace_seconds": "20",
    "second_factor_roles": "none",
}


@dataclass(frozen=True)
class Structure:
    """What the rest of the demo hangs on."""

    school_id: int
    year: AcademicYear
    terms: tuple[Term, ...]
    subjects: dict[str, Subject]  # by short name
    work_types: dict[str, WorkType]  # by short name


def lay_structure(session: Session, settings: Settings, calendar: Calendar) -> Structure:
    """Make the school and its frame."""
    school = School(name=SCHOOL, short_name="Шк 12", timezone=settings.timezone.key)
    lay(session, [school])
    span = calendar.year
    year = AcademicYear(school_id=school.id, name=span.name, begins_on=span.begins_on, ends_on=span.ends_on)
    scale = Scale(school_id=school.id, name="Пятибалльная", lowest=2, highest=5, words="зч нз осв н/а", is_default=True)
    lay(session, [year, scale])
    subjects = {
        short: Subject(school_id=school.id, name=name, short_name=short, latin_name=latin)
        for short, (name, latin) in SUBJECTS.items()
    }
    work_types = {short: _work_type(school.id, short) for short in WORK_TYPES}
    terms = _terms(school.id, year.id, calendar)
    lay(session, [*subjects.values(), *work_types.values(), *terms, *_holidays(school.id, calendar)])
    _lay_bells(session, school.id)
    values = {name: definition.default for name, definition in DEFINITIONS.items()} | SETTINGS
    lay(session, [SchoolSetting(school_id=school.id, name=name, value=value) for name, value in values.items()])
    lay(session, [SmsTariff(school_id=school.id, price=PRICE_OF_A_SEGMENT, begins_on=span.begins_on)])
    return Structure(school.id, year, terms, subjects, work_types)


def _work_type(school_id: int, short: str) -> WorkType:
    name, latin, kind, weight = WORK_TYPES[short]
    return WorkType(
        school_id=school_id,
        name=name,
        short_name=short,
        latin_name=latin,
        kind=kind,
        weight=Decimal(weight),
        is_default=short == DEFAULT_WORK_TYPE,
    )


def _terms(school_id: int, year_id: int, calendar: Calendar) -> tuple[Term, ...]:
    return tuple(
        Term(
            school_id=school_id,
            academic_year_id=year_id,
            name=term.name,
            begins_on=term.begins_on,
            ends_on=term.ends_on,
        )
        for term in calendar.terms
    )


def _holidays(school_id: int, calendar: Calendar) -> list[Holiday]:
    return [
        Holiday(school_id=school_id, name=span.name, begins_on=span.begins_on, ends_on=span.ends_on)
        for span in calendar.holidays
    ]


def _lay_bells(session: Session, school_id: int) -> None:
    schedules = [
        BellSchedule(school_id=school_id, name=name, is_default=number == 0) for number, name in enumerate(BELLS)
    ]
    lay(session, schedules)
    periods: list[Table] = []
    for schedule in schedules:
        begins, minutes = BELLS[schedule.name]
        for number, written in enumerate(begins.split(), start=1):
            starts_at = time.fromisoformat(written)
            last = starts_at.hour * 60 + starts_at.minute + minutes
            periods.append(
                BellPeriod(
                    school_id=school_id,
                    bell_schedule_id=schedule.id,
                    period=number,
                    starts_at=starts_at,
                    ends_at=time(last // 60, last % 60),
                )
            )
    lay(session, periods)
