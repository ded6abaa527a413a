"""People in a workbook: who stands already is found by more than the name, and where it is only the name, asked."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.services.imports.cells import folded
from app.services.imports.columns import Line
from app.services.imports.plan import NEW, Doubt, Plan

NAMES = ("surname", "given_name", "patronymic")
Describe = Callable[[Any], str]


class Doubtful(Exception):
    """The row waits for a person's decision."""


def split_name(text: str) -> dict[str, str]:
    """A full name as surname, given name, patronymic.

    >>> split_name("Иванова Анна Петровна")
    {'surname': 'Иванова', 'given_name': 'Анна', 'patronymic': 'Петровна'}
    """
    surname, _, rest = text.partition(" ")
    given, _, patronymic = rest.partition(" ")
    return {"surname": surname, "given_name": given, "patronymic": patronymic}


def names_in(line: Line) -> dict[str, str] | None:
    """The parts of the row's name, from three columns or from one; None where there is none."""
    if line.get("surname"):
        return {name: line.get(name) or "" for name in NAMES}
    return split_name(line.get("full_name")) if line.get("full_name") else None


def without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is told: an empty cell never takes anything away."""
    return {name: value for name, value in values.items() if value}


def full_name(values: Mapping[str, Any]) -> str:
    return " ".join(str(values[name]) for name in NAMES if values.get(name))


def same_name(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Surname and given name alike, and the patronymic where both have one."""
    if any(folded(first[name]) != folded(second[name]) for name in ("surname", "given_name")):
        return False
    one, other = folded(first.get("patronymic") or ""), folded(second.get("patronymic") or "")
    return not one or not other or one == other


def names_of(row: Any) -> dict[str, str]:
    return {"surname": row.surname, "given_name": row.given_name, "patronymic": row.patronymic}


class People:
    """Those who stand already, found by name and by what makes it sure: a birth date, a phone, an address."""

    def __init__(self, rows: Iterable[Any], sure: Sequence[str], describe: Describe) -> None:
        self._sure = sure
        self._describe = describe
        self._by_name: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in rows:
            self._by_name[folded(row.surname), folded(row.given_name)].append(row)

    def named(self, values: Mapping[str, Any]) -> list[Any]:
        """All of this name."""
        found = self._by_name.get((folded(values["surname"]), folded(values["given_name"])), [])
        return [row for row in found if same_name(names_of(row), values)]

    def find(
        self,
        values: Mapping[str, Any],
        plan: Plan,
        key: tuple[int, str],
        decisions: Mapping[str, str],
        tied: frozenset[int] = frozenset(),
    ) -> Any:
        """The one who is meant, None for somebody new. Raises Doubtful where only the name tells, and asks.

        `tied` are ids that another sure tie, such as the same child, makes sure.
        """
        candidates = self.named(values)
        sure = [row for row in candidates if row.id in tied or self._is_sure(row, values)]
        if len(sure) == 1 or not candidates:
            return sure[0] if sure else None
        named = f"{key[0]}:{key[1]}"
        decided = decisions.get(named, "")
        meant = next((row for row in candidates if decided == str(row.id)), None)
        doubt = Doubt(named, key[0], full_name(values), [(row.id, self._describe(row)) for row in candidates])
        if meant is not None or decided == NEW:
            plan.decided.append(replace(doubt, decided=decided))
            return meant
        plan.doubts.append(doubt)
        raise Doubtful

    def _is_sure(self, row: Any, values: Mapping[str, Any]) -> bool:
        return any(values.get(name) and _plain(getattr(row, name)) == _plain(values[name]) for name in self._sure)


def _plain(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value
