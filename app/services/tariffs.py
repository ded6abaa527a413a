"""What a text costs: the price of a segment by the link that sends it and the beginning of the number."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import SmsLink, SmsTariff
from app.session.engine import actor_of

AROUND = {"around_the_rule": True}


@dataclass(frozen=True)
class Tariff:
    """A price as it holds for one school."""

    link_id: int | None
    prefix: str  # digits
    price: Decimal  # of one segment
    begins_on: date
    is_own: bool = True  # of the school itself; else of whoever keeps the link of the installation

    @property
    def weight(self) -> tuple[bool, bool, int, date]:
        """Of two that fit, the one with the greater weight holds."""
        return self.is_own, self.link_id is not None, len(self.prefix), self.begins_on


class Tariffs:
    """The tariffs of one school on one day.

    What is said of a link goes before what is said of all links, then the longest prefix holds, then the latest day.
    A school that says nothing of the installation's own link pays what is said there.
    """

    def __init__(self, tariffs: Iterable[Tariff] = ()) -> None:
        self.tariffs: Sequence[Tariff] = sorted(tariffs, key=lambda one: one.weight, reverse=True)
        self.links = {one.link_id for one in self.tariffs}

    @classmethod
    def of(cls, session: Session, on: date, school_id: int | None = None) -> "Tariffs":
        """Those of the school, or of the person's own school where none is named."""
        school = school_id if school_id is not None else actor_of(session).home_school_id
        return cls() if school is None else cls.of_schools(session, {school: on})[school]

    @classmethod
    def of_schools(cls, session: Session, days: Mapping[int, date]) -> dict[int, "Tariffs"]:
        """Those of each school on its day, in one statement. Whoever calls it has asked whose figures may be shown."""
        query = (
            select(SmsTariff.school_id, SmsTariff.link_id, SmsTariff.prefix, SmsTariff.price, SmsTariff.begins_on)
            .add_columns(SmsLink.from_settings)
            .outerjoin(SmsLink, SmsLink.id == SmsTariff.link_id)
            .where(or_(SmsTariff.link_id.is_(None), SmsLink.active.is_(True)))
            .where(or_(SmsTariff.school_id.in_(list(days)), SmsLink.from_settings.is_(True)))
        )
        rows = session.execute(query, execution_options=AROUND).all()
        return {school: cls(_tariffs(rows, school, on)) for school, on in days.items()}

    def price(self, link_id: int | None, phone: str, parts: int) -> Decimal | None:
        """What so many segments to this number cost; None where no tariff is known.

        Without a link the dearest one that may send it: a forecast never is below the bill.
        """
        links = self.links if link_id is None else {link_id}
        prices = [price for price in (self._of_segment(link, phone) for link in links) if price is not None]
        return max(prices) * parts if prices else None

    def _of_segment(self, link_id: int | None, phone: str) -> Decimal | None:
        digits = phone.removeprefix("+")
        for one in self.tariffs:
            if one.link_id in (None, link_id) and digits.startswith(one.prefix):
                return one.price
        return None


def _tariffs(rows: Iterable[Any], school: int, on: date) -> Iterable[Tariff]:
    for row in rows:
        is_own = row.school_id == school
        if row.begins_on <= on and (is_own or row.from_settings):
            yield Tariff(row.link_id, row.prefix, row.price, row.begins_on, is_own)
