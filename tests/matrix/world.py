"""The world of the matrix: a row of every declared record type for every “whose”, made by looking at the models.

A record type that is new gets its rows with no word here. Ids have nine digits, begin with 9 and stand nowhere twice:
wherever one is read in an answer, it is known which row was told.
"""

import itertools
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, DateTime, Engine, Numeric, String, Time, inspect, text
from sqlalchemy.orm import Session

from app.models import Guardianship, Staff, Table, Teaching
from app.records import ALL
from app.session.actors import SEEDER
from app.session.engine import install, transaction
from tests.factories import AROUND, account
from tests.matrix.people import CLASS_OF, FIRST, GUARDIAN_OF, LEFT, MADE_UP, PEOPLE, SECOND, STAFF, Row

WHOSE = {
    "anna": "own", "lev": "sibling", "gleb": "same class", "boris": "other class", "vera": "last year",
    "zoya": "other school",
}  # fmt: skip
OF_CLASS = {"5А": "own", "5В": "sibling", "5Б": "other class", "4А": "last year", "9А": "other school"}
FAR = datetime(2040, 1, 1, tzinfo=UTC)
#: What must be so for the database to take the row, and to mean what the world needs.
FIXED: dict[str, dict[str, Any]] = {
    "academic_year": {"begins_on": date(2026, 9, 1), "ends_on": date(2027, 5, 31)},
    "term": {"begins_on": date(2026, 11, 2), "ends_on": date(2026, 12, 28)},
    "scale": {"lowest": 2, "highest": 5, "words": "зч", "is_default": True},
    "school": {"timezone": "Europe/Moscow"},
    "school_class": {"grade_level": 5},
    "work_type": {"weight": Decimal(1)},
    "mark": {"value": "5"},
    "term_mark": {"value": "5"},
    "timetable_entry": {"weekday": 1},
    "sms_message": {"state": "undeliverable", "priority": 1},
    "mail_message": {"state": "sent"},
    "announcement": {"bell_schedule_id": None, "asked_by_id": None, "decided_by_id": None},
    "sms_inbound": {"state": "handled"},
    "sms_link": {"host": "smsc", "port": 1, "system_id": "", "password": "", "active": False},
    "school_setting": {"name": "second_factor_roles", "value": "none"},
    "term_unlock": {
        "opens_at": datetime(2026, 11, 20, 9, tzinfo=UTC),
        "closes_at": datetime(2026, 11, 20, 10, tzinfo=UTC),
    },
    "incident": {"state": "open", "kind": "not_me"},
    "behaviour_mark": {"week": date(2026, 11, 16)},
    "attachment": {"lesson_id": None, "remark_id": None, "absence_notice_id": None, "size": 1},  # of homework
    "week_signature": {"monday": date(2026, 11, 16), "content_hash": "0" * 64, "parts": {}},
    "reminder": {"kind": "sign", "about_on": date(2026, 11, 16)},
    "event_answer": {"comes": True},
    "debt": {"state": "open", "due": date(2026, 12, 20)},
    "lesson": {"date": date(2026, 11, 20), "state": "planned"},
}


class World:
    """The rows that were made."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.by_id: dict[int, Row] = {}
        self.phones: dict[str, int] = {}  # phone → the row of staff or guardian whose it is
        self._ids = itertools.count(900_000_001)
        self._periods = itertools.count(1)

    def of(self, table: str) -> list[Row]:
        return [row for row in self.rows if row.table == table]

    def one(self, table: str, whose: str) -> Row | None:
        return next((row for row in self.rows if row.table == table and row.whose == whose), None)

    def make(self, session: Session, model: type[Table], place: "Place", whose: str = "", **values: Any) -> Any:
        """A row in its place, its other columns filled by their kinds."""
        number = next(self._ids)
        made = model(id=number, **self._filled(model, place, number, values))
        session.add(made)
        session.flush()
        self._note(made, model.__tablename__, number, place, whose)
        return made

    def _filled(self, model: type[Table], place: "Place", number: int, values: dict[str, Any]) -> dict[str, Any]:
        table, declared = model.__tablename__, next((each for each in ALL if each.model is model), None)
        given = FIXED.get(table, {}) | values
        for prop in inspect(model).column_attrs:
            name, column = prop.key, prop.columns[0]
            if name in given or name in ("id", "version"):
                continue
            keys = list(column.foreign_keys)
            if keys:
                found = place.row(keys[0].column.table.name)
                if found is not None and not (name == "subgroup_id" and column.nullable):
                    given[name] = found.id
                continue
            has_default = column.default is not None or column.server_default is not None
            choices = declared.choices.get(name) if declared is not None and not has_default else None
            value = self._value(name, column, number, place, table) if not choices else next(iter(choices))
            if value is not None and not isinstance(value, _Left):
                given[name] = value
        return given

    def _value(self, name: str, column: Any, number: int, place: "Place", table: str) -> Any:
        kind, has_default = column.type, column.default is not None or column.server_default is not None
        if name == "phone":
            return place.phone(table, number)
        if name == "email":
            return f"{number}@school.invalid"
        if isinstance(kind, String):
            fits = kind.length is None or kind.length >= 9
            is_code = kind.length == 16 and has_default
            return str(number) if fits and not is_code else _LEFT
        if isinstance(kind, DateTime):
            return FAR if name == "expires_at" else datetime(2026, 11, 20, 9, tzinfo=UTC) if not has_default else _LEFT
        if isinstance(kind, Date):
            return _LEFT if column.nullable and name in ("begins_on", "ends_on") else DAYS.get(name, date(2026, 11, 20))
        if has_default or column.nullable:
            return _LEFT
        if isinstance(kind, Time):
            return time(9) if name.startswith("ends") else time(8)
        if isinstance(kind, Numeric):
            return Decimal(1)
        return next(self._periods) % 12 + 1 if name == "period" else number % 30_000

    def _note(self, made: Any, table: str, number: int, place: "Place", whose: str) -> None:
        columns = inspect(type(made)).column_attrs
        is_of_class = "school_class_id" in columns and made.school_class_id is not None
        is_of_class |= table == "attachment" and made.homework_id is not None
        is_of_student = "student_id" in columns or table == "student"
        is_of_student |= table == "attachment" and made.remark_id is not None
        row = Row(
            table, number, whose or place.whose, place.school,
            school_class=place.school_class if table == "school_class" or is_of_class else "",
            student=place.student if is_of_student else "",
            guardian=place.guardian if "guardian_id" in columns or table == "guardian" else "",
            only_guardians=bool(getattr(made, "to_guardians", False)) or (whose == "guardians only"),
            unpublished=table == "mark" and made.published_at is None,
            named=whose.removeprefix("named ") if whose.startswith("named ") else "",
        )  # fmt: skip
        self.rows.append(row)
        self.by_id[number] = row
        phone = getattr(made, "phone", None)
        if phone and table in ("staff", "guardian"):
            self.phones[phone] = number


class _Left:
    """A column that is left to its default."""


_LEFT = _Left()
DAYS = {"begins_on": date(2026, 9, 1), "ends_on": date(2027, 5, 31), "born_on": date(2015, 3, 4)}


class Place:
    """Where a row is made: in a school, a class of it, a family; a place asks the larger one for what it lacks."""

    def __init__(self, around: "Place | None" = None, **names: str) -> None:
        self.around, self.rows = around, dict[str, Any]()
        self.school = names.get("school") or (around.school if around else "")
        self.school_class = names.get("school_class") or (around.school_class if around else "")
        self.student, self.guardian = names.get("student", ""), names.get("guardian", "")
        self.whose = names["whose"]

    def row(self, table: str) -> Any:
        return self.rows.get(table) or (self.around.row(table) if self.around is not None else None)

    def phone(self, table: str, number: int) -> str:
        guardian = self.row("guardian")
        if table == "staff" or (guardian is None and table != "guardian"):
            return f"+7998{number % 10_000_000:07}"
        return f"+7997{number % 10_000_000:07}" if guardian is None else str(guardian.phone)


def make_world(engine: Engine) -> World:
    """Make it; accounts have the password of tests.factories."""
    install(ALL)
    world = World()
    with transaction(engine, SEEDER) as session:
        _make_up_roles(session)
        accounts = {each.login: account(session, each.login, each.role) for each in PEOPLE}
        accounts["stranger_head"] = account(session, "stranger_head", "head")
        schools = {
            FIRST: Place(school=FIRST, whose="own"),
            SECOND: Place(school=SECOND, whose="other school"),
        }
        classes = {
            name: Place(schools[SECOND if name == "9А" else FIRST], school_class=name, whose=whose)
            for name, whose in OF_CLASS.items()
        }
        families = {
            name: Place(classes[CLASS_OF[name]], student=name, guardian=GUARDIAN_OF[name], whose=whose)
            for name, whose in WHOSE.items()
        }
        _fill(session, world, schools, classes, families, accounts)
        _further(session, world, schools, classes, families)
        session.flush()
    return world


def _make_up_roles(session: Session) -> None:
    for role, grants in MADE_UP.items():
        session.execute(text("INSERT INTO ab_role (name) VALUES (:name)"), {"name": role}, execution_options=AROUND)
        for permission, view in grants:
            session.execute(
                text(
                    "INSERT INTO ab_permission_view_role (permission_view_id, role_id) SELECT pv.id, r.id"
                    " FROM ab_role r, ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id"
                    " JOIN ab_view_menu v ON v.id = pv.view_menu_id"
                    " WHERE r.name = :role AND p.name = :p AND v.name = :v"
                ),
                {"role": role, "p": permission, "v": view},
                execution_options=AROUND,
            )


def _fill(
    session: Session,
    world: World,
    schools: dict[str, Place],
    classes: dict[str, Place],
    families: dict[str, Place],
    accounts: dict[str, int],
) -> None:
    models = {each.model.__tablename__: each.model for each in ALL}
    for table in Table.metadata.sorted_tables:
        model = models.get(table.name)
        if model is None:
            continue
        for place in _places_of(model, schools, classes, families):
            if table.name == "guardian" and place.student == "lev":
                place.rows["guardian"] = families["anna"].rows["guardian"]
                continue
            values = _values_of(table.name, place, classes)
            place.rows[table.name] = world.make(session, model, place, **values)
        if table.name == "staff":
            for login in STAFF:
                user = {"user_id": accounts[login]}
                schools[FIRST].rows[login] = world.make(session, Staff, schools[FIRST], login, **user)
            schools[SECOND].rows["staff"].user_id = accounts["stranger_head"]
            classes["5А"].rows["staff"] = schools[FIRST].rows["teacher"]
            classes["5В"].rows["staff"] = schools[FIRST].rows["curator"]
    families["anna"].rows["student"].user_id = accounts["anna"]
    for family, login in (("anna", "mother"), ("gleb", "barred"), ("boris", "curator")):
        families[family].rows["guardian"].user_id = accounts[login]


def _places_of(model: type[Table], *places: dict[str, Place]) -> list[Place]:
    schools, classes, families = places
    names, columns = model.__tablename__, {prop.key for prop in inspect(model).column_attrs}
    if names in ("student", "guardian") or {"student_id", "guardian_id"} & columns:
        return list(families.values())
    if names in ("school_class", "attachment") or "school_class_id" in columns:
        return list(classes.values())
    return list(schools.values())


def _values_of(table: str, place: Place, classes: dict[str, Place]) -> dict[str, Any]:
    if table == "school_class":
        leader = place.row("class_teacher") if place.school_class == "5А" else None
        return {"class_teacher_id": leader.id if leader is not None else None}
    if table == "guardianship":
        return {"barred": place.guardian == "barred"}
    if table == "enrollment":
        left = place.student in LEFT
        return {"begins_on": date(2025 if left else 2026, 9, 1), "ends_on": date(2026, 5, 31) if left else None}
    if table == "teaching" and place.school_class == "4А":
        return {"ends_on": date(2026, 5, 31), "teacher_id": place.row("teacher").id}
    if table == "data_request":
        return {"state": "declined" if place.student == "lev" else "waiting"}  # the mother waits for one of them
    if table == "student":
        return {"given_name": "Имя"}
    return {}


def _further(
    session: Session,
    world: World,
    schools: dict[str, Place],
    classes: dict[str, Place],
    families: dict[str, Place],
) -> None:
    """Rows whose right has ended, or which stand between two places."""
    models = {each.model.__tablename__: each.model for each in ALL}
    anna, vera = families["anna"], families["vera"]
    secret = world.make(session, models["remark"], anna, "guardians only", to_guardians=True)
    world.make(session, models["attachment"], anna, "guardians only", homework_id=None, remark_id=secret.id)
    for name in ("anna", "gleb"):
        key = families[name].rows["student"].id
        named = world.make(session, models["homework"], classes["5А"], f"named {name}", students=[key])
        world.make(session, models["attachment"], classes["5А"], f"named {name}", homework_id=named.id)
    draft = world.make(session, models["lesson"], classes["5А"], "draft", draft=True)
    world.make(session, models["mark"], anna, "draft", lesson_id=draft.id, published_at=None)
    between = Place(classes["5А"], student="vera", guardian="mother", whose="ended")
    between.rows |= {"student": vera.rows["student"], "guardian": anna.rows["guardian"]}
    world.make(session, Guardianship, between, ends_on=date(2026, 5, 31))
    before = Place(classes["5Б"], student="anna", guardian="mother", whose="before the move")
    before.rows |= {"student": anna.rows["student"], "guardian": anna.rows["guardian"]}
    ended = {"begins_on": date(2026, 9, 1), "ends_on": date(2026, 10, 30)}
    world.make(session, models["enrollment"], before, **ended)
    for table in ("mark", "absence", "remark"):
        world.make(session, models[table], before)
    for school in schools.values():
        free = {"name": "free_edit_days", "value": "3650"}  # the day of the lessons moves away from today
        world.make(session, models["school_setting"], school, f"free {school.whose}", **free)
        for table in ("announcement", "event"):
            world.make(session, models[table], school, f"whole {school.whose}", school_class_id=None)
    teaching = Place(classes["5Б"], whose="ended")
    staff = schools[FIRST].rows["teacher"]
    world.make(session, Teaching, teaching, teacher_id=staff.id, ends_on=date(2026, 10, 1))
