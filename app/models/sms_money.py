"""What texts cost and what may be spent: tariffs of links, budgets of a school."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, OfOffice, Table, Versioned, to_one
from app.models.sms_links import SmsLink


class SmsTariff(OfOffice, Versioned, Table):
    """The price of one segment by a link to numbers that begin so, from a day on."""

    __tablename__ = "sms_tariff"
    __table_args__ = (
        UniqueConstraint(
            "school_id",
            "link_id",
            "prefix",
            "begins_on",
            name="a_tariff_is_told_once_for_a_day",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("price BETWEEN 0 AND 10000", name="a_price_of_a_segment_is_no_debt"),
        CheckConstraint("prefix ~ '^[0-9]{0,15}$'", name="a_prefix_is_the_first_digits_of_a_number"),
    )

    link_id: Mapped[int | None] = mapped_column(ForeignKey("sms_link.id"), index=True)  # none: every link
    prefix: Mapped[str] = mapped_column(String(15), default="", server_default="")  # digits; empty: every number
    price: Mapped[Decimal] = mapped_column(Numeric(10, 4))  # of one segment, in the school's currency
    begins_on: Mapped[date]  # holds until a later one of the same link and prefix

    link: Mapped[SmsLink | None] = to_one()

    def __str__(self) -> str:
        return f"+{self.prefix} · {self.price.normalize():f}"


class SmsBudget(OfOffice, Versioned, Table):
    """What a school spends on texts in a month at most, all of them or those of one kind."""

    __tablename__ = "sms_budget"
    __table_args__ = (
        UniqueConstraint(
            "school_id",
            "kind",
            "begins_on",
            name="a_budget_is_told_once_for_a_month",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("amount BETWEEN 0 AND 100000000", name="a_budget_is_no_debt"),
    )

    kind: Mapped[Code | None]  # of app/domain/sms_states.py; none: all kinds together
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))  # a month, in the school's currency
    begins_on: Mapped[date]  # first day of a month; holds for every month until a later one of the same kind
    warned_for: Mapped[date | None]  # first day of the last month in which a warning was sent

    def __str__(self) -> str:
        return f"{self.kind or '*'} · {self.amount.normalize():f}"
