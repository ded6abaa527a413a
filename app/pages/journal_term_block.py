"""The right block of the journal's page: what is proposed to a student, what was given, and whether one may give it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.models import Term
from app.records.journal_term_marks import version_of
from app.records.term_marks import value_without_marks
from app.services.journal import Pupil, TermMarkGiven
from app.services.journal_terms import Proposals
from app.services.proposals import EXAM


@dataclass(frozen=True)
class TermCell:
    """One kind of term mark of one student."""

    kind: str
    proposed: str
    value: str
    versions: str
    is_open: bool  # the person gives it


@dataclass(frozen=True)
class Block:
    """What the right block is made of."""

    term: Term
    kinds: Sequence[str]
    given: Mapping[int, Sequence[TermMarkGiven]]
    proposals: Proposals
    groups: frozenset[int | None]  # the subgroups whose marks the person gives; None: of the whole class

    @property
    def is_open(self) -> bool:
        return bool(self.groups)

    def cells_of(self, pupil: Pupil, *, is_seen: bool) -> list[TermCell]:
        """One for each kind; marks of the year that stand in another term are shown, and written there."""
        is_open = is_seen and _is_among(self.groups, pupil.subgroup_ids)
        return [self._cell(pupil.id, kind, is_seen=is_seen, is_open=is_open) for kind in self.kinds]

    def _cell(self, student_id: int, kind: str, *, is_seen: bool, is_open: bool) -> TermCell:
        stands = [one for one in self.given.get(student_id, ()) if one.kind == kind]
        here = next((one for one in stands if one.term_id == self.term.id), None)
        shown = here or (stands[-1] if stands and kind != "term" else None)
        return TermCell(
            kind,
            value_proposed(self.proposals, kind, student_id) if is_seen else "",
            shown.value if shown is not None else "",
            version_of(here) if here is not None and is_seen else "",
            is_open and (shown is None or here is not None),
        )


def _is_among(groups: Collection[int | None], own: Collection[int]) -> bool:
    return None in groups or any(group in groups for group in own)


def value_proposed(made: Proposals, kind: str, student_id: int) -> str:
    """The mark that is proposed; nothing for an exam."""
    found = made.get(kind, {}).get(student_id)
    if kind == EXAM:
        return ""
    return found.value if found is not None else value_without_marks(kind)
