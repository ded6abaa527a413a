"""The demo's accounts: who may sign in to try what, and the rows that let them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from seeds.demo.families import KNOWN_FAMILIES
from seeds.demo.names import Name
from seeds.demo.staff import POSTS
from seeds.transaction import AROUND


@dataclass(frozen=True)
class Account:
    """A login, what it is there for in words, and the roles that it has."""

    login: str
    meaning: str
    roles: tuple[str, ...]


ACCOUNTS = (
    Account("admin", "school administrator", ("school administrator",)),
    Account("head", "head of the school", ("head",)),
    Account("secretary", "secretary", ("secretary",)),
    Account("health", "health worker", ("health worker",)),
    Account("authority", "education authority: figures over all schools", ("authority",)),
    Account("operator", "SMS operator", ("operator",)),
    Account("teacher", "teacher of mathematics in 5А, 5Б and 7А", ("teacher",)),
    Account("classteacher", "class teacher of 5А, teaches Russian there", ("teacher", "class teacher")),
    Account("parent", "mother of two children, in 5А and in 8Б; phone +79990000001", ("guardian",)),
    Account("parent2", "father of a child in 5Б; phone +79990000002", ("guardian",)),
    Account("student", "the child of parent in 5А", ("student",)),
)
OUTSIDE_THE_SCHOOL = {"authority": Name("Гордеев", "Павел", "Романович")}


def accounts() -> list[tuple[str, str]]:
    """(login, what it is there for) of each account, in the order in which they are told."""
    return [(account.login, account.meaning) for account in ACCOUNTS]


def names() -> dict[str, Name]:
    """Who stands behind each login."""
    staff = {post.login: post.name for post in POSTS if post.login and post.name}
    adults = {adult.login: adult.name for family in KNOWN_FAMILIES for adult in family.adults}
    children = {child.login: child.name for family in KNOWN_FAMILIES for child in family.children if child.login}
    return OUTSIDE_THE_SCHOOL | staff | adults | children


def lay_accounts(session: Session, password: str) -> dict[str, int]:
    """Make the accounts with this password; their keys by login."""
    query = select(Role.name, Role.id)
    roles = {row.name: row.id for row in session.execute(query, execution_options=AROUND)}
    with ThreadPoolExecutor() as pool:  # each hash is meant to take its time
        hashes = list(pool.map(generate_password_hash, [password] * len(ACCOUNTS)))
    rows = [_row(account.login, names()[account.login], made) for account, made in zip(ACCOUNTS, hashes, strict=True)]
    made_rows = session.execute(insert(User).values(rows).returning(User.username, User.id), execution_options=AROUND)
    keys = {row.username: row.id for row in made_rows}
    session.execute(insert(assoc_user_role), _links(keys, roles), execution_options=AROUND)
    return keys


def _row(login: str, name: Name, password_hash: str) -> dict[str, object]:
    return {
        "username": login,
        "first_name": name.given_name,
        "last_name": name.surname,
        "email": f"{login}@demo.invalid",  # the address tells a demo account (launcher/demo.py)
        "active": True,
        "password": password_hash,
    }


def _links(keys: Mapping[str, int], roles: Mapping[str, int]) -> list[dict[str, int]]:
    return [
        {"user_id": keys[account.login], "role_id": roles[name]}
        for account in ACCOUNTS
        for name in account.roles
        if name in roles
    ]
