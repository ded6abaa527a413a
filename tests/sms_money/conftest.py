"""A school that pays for its texts, its operator signed in, and a foreign school beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from app.models import Notice, SmsBudget, SmsDelivery, SmsLink, SmsMessage, SmsTariff, Staff
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.session.actors import COMPOSER, SEEDER
from app.session.engine import transaction
from app.web.resources import resources
from tests.factories import AROUND, PASSWORD, MadeSchool, account, own_and_foreign
from tests.pristine import Pristine
from tests.web_support import Browser, client_for

LONG_AGO = date(2026, 1, 1)
KINDS = ["urgent", "immediate", "digest"]


@dataclass
class Payer:
    """The school with its money; `link` is its own, `foreign` another school with nothing to do with it."""

    engine: Engine
    made: MadeSchool
    foreign: MadeSchool
    link: int

    def add(self, *rows: Any) -> Any:
        with transaction(self.engine, SEEDER) as session:
            session.add_all(rows)
        return rows[0]

    def tariff(self, price: str, prefix: str = "", **more: Any) -> Any:
        given = {"school_id": self.made.school.id, "begins_on": LONG_AGO, **more}
        return self.add(SmsTariff(price=Decimal(price), prefix=prefix, **given))

    def budget(self, amount: str, kind: str | None = None, **more: Any) -> Any:
        given = {"school_id": self.made.school.id, "begins_on": LONG_AGO, **more}
        return self.add(SmsBudget(amount=Decimal(amount), kind=kind, **given))

    def deliver(self) -> None:
        """What the worker does after a commit."""
        with transaction(self.engine, COMPOSER) as session:
            make_deliveries(session, list(session.scalars(select(Notice.id))))
        self.compose()

    def compose(self) -> None:
        with transaction(self.engine, COMPOSER) as session:
            compose_due(session, KINDS, 1000)

    def texts(self) -> list[tuple[str, str, Decimal | None]]:
        """(kind, text, cost) of every message, oldest first."""
        return [(one.kind, one.body, one.cost) for one in self.rows(SmsMessage)]

    def deliveries(self) -> list[Any]:
        return self.rows(SmsDelivery)

    def rows(self, model: Any) -> list[Any]:
        with transaction(self.engine, COMPOSER) as session:
            return list(session.scalars(select(model).order_by(model.id)))


@pytest.fixture
def payer(web: Flask, first_state: Pristine) -> Payer:
    engine = resources(web).engine
    own, foreign = own_and_foreign(engine, first_state)
    with transaction(engine, SEEDER) as session:
        session.execute(text("UPDATE sms_subscription SET phone = '+79995550001' WHERE school_id = :school"),
                        {"school": foreign.school.id}, execution_options=AROUND)  # fmt: skip
        link = SmsLink(school_id=own.school.id, name="Наш", host="127.0.0.1", port=2775)
        session.add(link)
        for login, role, school in (
            ("operator", "operator", own),
            ("admin", "school administrator", own),
            ("strange_operator", "operator", foreign),
        ):
            user = account(session, login, role)
            session.add(Staff(school_id=school.school.id, surname=login, given_name="Имя", user_id=user))
    return Payer(engine, own, foreign, link.id)


@pytest.fixture
def browser(web: Flask, payer: Payer) -> Callable[[str], Browser]:
    """`browser("operator")`: a browser in which this person is signed in."""
    return lambda username: client_for(web, username, PASSWORD)


@pytest.fixture
def operator(browser: Callable[[str], Browser]) -> Browser:
    return browser("operator")
