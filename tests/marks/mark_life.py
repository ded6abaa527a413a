"""A mark's life against a model: given, changed, taken away, in days of free correction and after, in open and closed
terms; the row, its history, its reasons and what its family is told must be what the model says."""

from dataclasses import dataclass, field

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, select, text

from app.domain.errors import InvalidInput, NotAllowed
from app.models import Mark
from app.services.history import record_history
from app.services.story import stories
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.session.reasons import WHY, give_reason
from tests.factories import AROUND, MadeSchool, a_mark, person

VALUES = some.sampled_from(["2", "3", "4", "5", "н/а"])
REASONS = some.sampled_from(["", "описка", "  ", "апелляция"])


@dataclass
class Life:
    """What the model knows of one mark."""

    key: int
    values: list[str | None]  # each value that it had; None: taken away
    whys: list[str] = field(default_factory=lambda: [""])  # of each step

    @property
    def value(self) -> str | None:
        return self.values[-1]


def life_of_marks(engine: Engine, made: MadeSchool) -> type[RuleBasedStateMachine]:
    """The machine on this school; every run of it begins with an open term and free days."""

    class MarkLife(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.lives: list[Life] = []
            self.is_past = self.is_closed = self.is_unlocked = False

        @initialize()
        def a_fresh_school(self) -> None:
            self._settle()

        @rule(is_past=some.booleans(), is_closed=some.booleans(), is_unlocked=some.booleans())
        def time_goes_by(self, is_past: bool, is_closed: bool, is_unlocked: bool) -> None:
            self.is_past, self.is_closed, self.is_unlocked = is_past, is_closed, is_unlocked
            self._settle()

        def _settle(self) -> None:
            """The settings, the term and the head's unlock as the model has them, past every rule."""
            days = "0" if self.is_past else "3650"
            with transaction(engine, SEEDER) as session:
                for statement, given in (
                    ("UPDATE school_setting SET value = :days WHERE name = 'free_edit_days'", {"days": days}),
                    ("UPDATE term SET closed = :closed", {"closed": self.is_closed}),
                    ("DELETE FROM term_unlock", {}),
                ):
                    session.execute(text(statement), given, execution_options=AROUND)
                if self.is_unlocked:
                    unlock = text("""INSERT INTO term_unlock (school_id, term_id, reason, opens_at, closes_at, version)
                        VALUES (:school, :term, '-', now() - interval '1 hour', now() + interval '1 hour', 1)""")
                    here = {"school": made.school.id, "term": made.term.id}
                    session.execute(unlock, here, execution_options=AROUND)
            self.teacher = person(engine, "teacher")  # as the next request would load them

        @property
        def takes_entries(self) -> bool:
            return not self.is_closed or self.is_unlocked

        @property
        def asks_why(self) -> bool:
            return self.is_past or self.is_closed

        @rule(value=VALUES)
        def give(self, value: str) -> None:
            mark = a_mark(made, value=value)
            try:
                with transaction(engine, self.teacher) as session:
                    session.add(mark)
            except NotAllowed:
                assert not self.takes_entries
                return
            assert self.takes_entries
            self.lives.append(Life(mark.id, [value]))

        @precondition(lambda self: any(life.value is not None for life in self.lives))
        @rule(which=some.randoms(use_true_random=False), value=VALUES, why=REASONS)
        def change(self, which: object, value: str, why: str) -> None:
            life = which.choice([one for one in self.lives if one.value is not None])  # type: ignore[attr-defined]
            if self._try(life, value, why) and value != life.value:
                life.values.append(value)
                life.whys.append(why.strip())

        @precondition(lambda self: any(life.value is not None for life in self.lives))
        @rule(which=some.randoms(use_true_random=False), why=REASONS)
        def take_away(self, which: object, why: str) -> None:
            life = which.choice([one for one in self.lives if one.value is not None])  # type: ignore[attr-defined]
            if self._try(life, None, why):
                life.values.append(None)
                life.whys.append(why.strip())

        def _try(self, life: Life, value: str | None, why: str) -> bool:
            """Whether the change was taken; it must be exactly where the model says so."""
            is_change = value != life.value
            refused: type[Exception] | None = None
            try:
                with transaction(engine, self.teacher) as session:
                    give_reason(session, why)
                    mark = session.get_one(Mark, life.key)
                    if value is None:
                        session.delete(mark)
                    else:
                        mark.value = value
            except (NotAllowed, InvalidInput) as error:
                refused = type(error)
            expected = None
            if is_change and not self.takes_entries:
                expected = NotAllowed
            elif is_change and self.asks_why and not why.strip():
                expected = InvalidInput
            assert refused is expected
            return refused is None

        @invariant()
        def rows_and_history_are_as_the_model_says(self) -> None:
            with transaction(engine, SEEDER) as session:
                rows = {mark.id: mark.value for mark in session.scalars(select(Mark))}
                told = stories(session, "mark", [life.key for life in self.lives])
                for life in self.lives:
                    assert rows.get(life.key) == life.value
                    history = list(reversed(record_history(session, "mark", life.key)))
                    assert [one.fields["value"][1] for one in history] == life.values
                    assert [str(one.fields.get(WHY, (None, ""))[1]) for one in history] == life.whys
                    seen = [(one.old, one.new) for one in told.get(life.key, ())]
                    assert seen == list(zip(life.values, life.values[1:], strict=False))

    return MarkLife
