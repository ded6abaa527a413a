"""What texts have cost, by month, class, kind and link; the sum is that of the messages' own costs."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.sms_states import KINDS
from app.services.budgets import bounds_of
from app.services.settings import SchoolRules

AROUND = {"around_the_rule": True}
MOST_MONTHS = 12

# A text belongs to the class of its child on that day; one that is of no child, such as urgent news, to the class of
# the guardian's first child, and a code to none. What never went and cost nothing is left out.
ROWS = text("""
SELECT CAST(date_trunc('month', m.local) AS date) AS month, coalesce(c.name, '') AS class_name,
  coalesce(c.grade_level, 0) AS grade_level, m.kind, coalesce(l.name, '') AS link, count(*) AS texts,
  sum(m.parts) AS parts, coalesce(sum(m.cost), 0) AS cost, count(*) FILTER (WHERE m.cost IS NULL) AS unpriced
FROM (SELECT *, created_at AT TIME ZONE CAST(:zone AS text) AS local FROM sms_message) AS m
LEFT JOIN sms_subscription s ON s.id = m.subscription_id LEFT JOIN sms_link l ON l.id = m.link_id
LEFT JOIN LATERAL (
    SELECT school_class.name, school_class.grade_level FROM guardianship g
    JOIN enrollment e ON e.student_id = g.student_id AND e.begins_on <= CAST(m.local AS date)
      AND (e.ends_on IS NULL OR e.ends_on >= CAST(m.local AS date))
    JOIN school_class ON school_class.id = e.school_class_id
    WHERE g.guardian_id = m.guardian_id AND (s.id IS NULL OR g.student_id = s.student_id)
    ORDER BY g.student_id, e.begins_on DESC LIMIT 1) AS c ON true
WHERE m.school_id = :school AND m.created_at >= :begins AND m.created_at < :ends
  AND NOT (m.submitted_at IS NULL AND m.state IN ('cancelled', 'expired', 'rejected'))
GROUP BY 1, 2, 3, 4, 5
""")


@dataclass(frozen=True)
class Row:
    """Texts of one month, class, kind and link."""

    month: date
    class_name: str  # "" of no class
    kind: str
    link: str  # "" not sent yet
    texts: int
    parts: int
    cost: Decimal
    unpriced: int = 0


@dataclass(frozen=True)
class Report:
    """Rows in their order, with sums."""

    first: date
    last: date
    rows: Sequence[Row]

    @property
    def whole(self) -> Row:
        return _sum(self.rows, self.first, "", "", "")

    def by(self, of: Callable[[Row], Any]) -> list[tuple[Any, Row]]:
        """The sums by what `of` says of a row, in the order of the rows."""
        found: dict[Any, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[of(row)].append(row)
        return [(key, _sum(rows, rows[0].month, "", "", "")) for key, rows in found.items()]


def report(session: Session, school_id: int, rules: SchoolRules, first: date, last: date) -> Report:
    """From the month that begins on `first` to that which begins on `last`, at a school that the person may see."""
    given = {
        "school": school_id, "zone": rules.zone.key, "begins": bounds_of(rules, first)[0],
        "ends": bounds_of(rules, last)[1],
    }  # fmt: skip
    found = session.execute(ROWS, given, execution_options=AROUND).all()
    ordered = sorted(
        found, key=lambda row: (row.month, row.grade_level, row.class_name, KINDS.index(row.kind), row.link)
    )
    rows = [
        Row(row.month, row.class_name, row.kind, row.link, row.texts, row.parts, row.cost, row.unpriced)
        for row in ordered
    ]
    return Report(first, last, rows)


def _sum(rows: Sequence[Row], month: date, class_name: str, kind: str, link: str) -> Row:
    return Row(
        month,
        class_name,
        kind,
        link,
        sum(row.texts for row in rows),
        sum(row.parts for row in rows),
        sum((row.cost for row in rows), Decimal(0)),
        sum(row.unpriced for row in rows),
    )
