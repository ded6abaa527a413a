"""A school of one's own on its first day: a scale, work types, settings, and its administrator's account."""

import secrets
from decimal import Decimal

from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.domain.errors import InvalidInput
from app.domain.passwords import check_password
from app.domain.settings import DEFINITIONS
from app.models import Scale, School, SchoolSetting, Staff, WorkType
from config import Settings
from seeds.transaction import AROUND, seeding

ADMINISTRATOR = "school administrator"
WORK_TYPES = (  # name, short name, in Latin letters, kind, weight
    ("Ответ на уроке", "ответ", "otvet", "class_work", "1"),
    ("Контрольная работа", "контр", "kontr", "test", "2"),
    ("Домашняя работа", "дом", "dom", "homework", "1"),
)


class Taken(Exception):
    """There is a school of this name, or an account of this login; the text says which."""


def found(settings: Settings, name: str, short_name: str, login: str) -> str:
    """Make the school and its administrator's account, all or nothing; the account's password.

    Raises Taken.
    """
    password = _a_password(login)
    with seeding(settings) as session:
        if session.scalar(select(School.id).where(School.name == name)):
            raise Taken(f"There is a school {name} already.")
        if session.scalar(select(User.id).where(User.username == login), execution_options=AROUND):
            raise Taken(f"There is an account {login} already.")
        school = School(name=name, short_name=short_name, timezone=str(settings.timezone))
        session.add(school)
        session.flush()
        session.add_all(_rows(school.id))
        session.add(
            Staff(
                school_id=school.id,
                surname="Администратор",
                given_name="Школы",
                position="Администратор",
                user_id=_account(session, login, password),
            )
        )
    return password


def _a_password(login: str) -> str:
    """At random, and one that the school's own rule takes."""
    while True:
        password = secrets.token_urlsafe(12)
        try:
            check_password(password, int(DEFINITIONS["shortest_password"].default), [login])
        except InvalidInput:
            continue
        return password


def _rows(school_id: int) -> list[Scale | WorkType | SchoolSetting]:
    scale = Scale(school_id=school_id, name="Пятибалльная", lowest=2, highest=5, words="зч нз осв н/а", is_default=True)
    work_types = [
        WorkType(
            school_id=school_id,
            name=name,
            short_name=short,
            latin_name=latin,
            kind=kind,
            weight=Decimal(weight),
            is_default=number == 0,
        )
        for number, (name, short, latin, kind, weight) in enumerate(WORK_TYPES)
    ]
    settings = [
        SchoolSetting(school_id=school_id, name=name, value=definition.default)
        for name, definition in DEFINITIONS.items()
    ]
    return [scale, *work_types, *settings]


def _account(session: Session, login: str, password: str) -> int:
    role_id = session.scalar(select(Role.id).where(Role.name == ADMINISTRATOR), execution_options=AROUND)
    if role_id is None:
        raise Taken(f"The role {ADMINISTRATOR} was deleted; make it again under roles.")
    row = {
        "username": login,
        "first_name": "Школы",
        "last_name": "Администратор",
        "email": f"{login}@school.invalid",
        "active": True,
        "password": generate_password_hash(password),
    }
    user_id = session.execute(insert(User).values(row).returning(User.id), execution_options=AROUND).scalar_one()
    session.execute(insert(assoc_user_role).values(user_id=user_id, role_id=role_id), execution_options=AROUND)
    return int(user_id)
