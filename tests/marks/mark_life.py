"""A mark's life against a model: given by one teacher or another, in a draft column or an open one, changed, taken
away, owed before; in days of free correction and after, in open and closed terms. The row, its history, its reasons,
the dot and what its family sees and is told must be what the model says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.models import Debt, Lesson, Mark, Teaching
from app.services.debts import expire
from app.services.history import record_history
from app.services.story import as_families_hear, stories
from app.session.actors import DEBT_KEEPER, SEEDER
from app.session.engine import SchoolSession, commit_or_conflict, transaction
from app.session.reasons import FOR_WHOM, WHY, give_reason
from tests.factories import AROUND, MadeSchool, a_mark, person

VALUES = some.sampled_from(["2", "3", "4", "5", "н/а"])
REASONS = some.sampled_from(["", "описка", "  ", "апелляция"])
WRITERS = some.sampled_from(["teacher", "other_teacher"])  # both teach the class the subject; the lesson is the first's
ANYBODY = some.sampled_from(["teacher", "other_teacher", "class_teacher", "mother"])
STUDENTS = some.sampled_from(["anna", "gleb"])
ONE = some.integers(0, 99)
NO_PAUSE = timedelta(0)


@dataclass
class Life:
    """What the model knows of one mark."""

    key: int
    student: str
    values: list[str | None]  # each value that it had; None: taken away
    writers: list[str]  # of each step
    whys: list[str] = field(default_factory=lambda: [""])
    seen_from: int | None = 0  # the step that its family saw first; None: it has seen none

    @property
    def value(self) -> str | None:
        return self.values[-1]

    @property
    def told(self) -> list[tuple[str | None, str | None]]:
        """The changes that its family is told."""
        seen = self.values[self.seen_from :] if self.seen_from is not None else []
        return list(pairwise(seen))


def life_of_marks(engine: Engine, made: MadeSchool) -> type[RuleBasedStateMachine]:
    """The machine on this school; every run of it begins with an open term, free days and a published column."""
    with transaction(engine, SEEDER) as session:
        session.add(
            Teaching(teacher_id=made.other_teacher.id, school_class_id=made.class_5a.id, subject_id=made.maths.id)
        )

    class MarkLife(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.lives: list[Life] = []
            self.is_past = self.is_closed = self.is_unlocked = self.is_draft = False
            self.owed: set[str] = set()

        @initialize()
        def a_fresh_school(self) -> None:
            with transaction(engine, SEEDER) as session:
                for debt in session.scalars(select(Debt)):
                    session.delete(debt)
                session.flush()
                for mark in session.scalars(select(Mark)):
                    session.delete(mark)
                session.get_one(Lesson, made.own_lesson.id).draft = False
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
            everyone = ("teacher", "other_teacher", "class_teacher", "mother", "father", "anna")
            self.people = {name: person(engine, name) for name in everyone}  # as the next request would load them

        @property
        def takes_entries(self) -> bool:
            return not self.is_closed or self.is_unlocked

        @property
        def asks_why(self) -> bool:
            return self.is_past or self.is_closed

        def _tried(self, who: str, work: Callable[[Session], Any], why: str = "") -> type[Exception] | None:
            """What the work was refused by."""
            try:
                with transaction(engine, self.people[who]) as session:
                    give_reason(session, why)
                    work(session)
            except (NotAllowed, InvalidInput) as error:
                return type(error)
            return None

        def _may(self, who: str) -> bool:
            return self.takes_entries and who in ("teacher", "other_teacher")

        @rule(who=ANYBODY, student=STUDENTS, value=VALUES)
        def give(self, who: str, student: str, value: str) -> None:
            mark = a_mark(made, value=value, student_id=getattr(made, student).id)
            refused = self._tried(who, lambda session: session.add(mark))

            expected = (
                InvalidInput if (who, student) == ("mother", "gleb") else NotAllowed
            )  # there is no such one to her
            assert refused is (None if self._may(who) else expected)
            if refused is None:
                self.lives.append(Life(mark.id, student, [value], [who], seen_from=None if self.is_draft else 0))
                self.owed.discard(student)

        def _alive(self, which: int) -> Life:
            alive = [one for one in self.lives if one.value is not None]
            return alive[which % len(alive)]

        @precondition(lambda self: any(life.value is not None for life in self.lives))
        @rule(who=ANYBODY, which=ONE, value=VALUES | some.none(), why=REASONS)
        def change_or_take_away(self, who: str, which: int, value: str | None, why: str) -> None:
            """It must be taken exactly where the model says so."""
            life = self._alive(which)

            def change(session: Session) -> None:
                mark = session.get(Mark, life.key)
                if mark is None:
                    raise NotAllowed("not_allowed.row")  # a family does not find another's mark, or a draft
                if value is None:
                    session.delete(mark)
                else:
                    mark.value = value

            is_found = who != "mother" or (life.student == "anna" and life.seen_from is not None)
            expected: type[Exception] | None = None
            if value == life.value:
                expected = None if is_found else NotAllowed
            elif not self._may(who):
                expected = NotAllowed
            elif self.asks_why and not why.strip():
                expected = InvalidInput
            assert self._tried(who, change, why) is expected
            if expected is None and value != life.value:
                self._step(life, value, who, why)

        def _step(self, life: Life, value: str | None, who: str, why: str) -> None:
            life.values.append(value)
            life.writers.append(who)
            life.whys.append(why.strip())

        @precondition(lambda self: self.takes_entries and any(life.value is not None for life in self.lives))
        @rule(first=WRITERS, second=WRITERS, which=ONE, values=some.permutations(["2", "3", "4", "5"]))
        def two_teachers_at_once(self, first: str, second: str, which: int, values: list[str]) -> None:
            """Who comes second is told so, and changes nothing."""
            life = self._alive(which)
            mine, theirs = [value for value in values if value != life.value][:2]
            with SchoolSession(engine, info={"actor": self.people[second]}) as late:
                give_reason(late, "опоздал")
                mark = late.get_one(Mark, life.key)
                assert mark.value == life.value

                assert self._tried(first, lambda session: _set(session, life.key, mine), "успел") is None
                mark.value = theirs
                try:
                    commit_or_conflict(late)
                except Conflict:
                    self._step(life, mine, first, "успел")
                    return
            raise AssertionError("the second change went over the first")

        @rule(is_draft=some.booleans(), who=WRITERS)
        def draft_or_publish(self, is_draft: bool, who: str) -> None:
            """A column that families have seen marks in is no draft any more; published, it gives them all it holds."""
            alive = [life for life in self.lives if life.value is not None]
            expected: type[Exception] | None = None
            if is_draft != self.is_draft and not self.takes_entries:
                expected = NotAllowed
            elif is_draft and not self.is_draft and any(life.seen_from is not None for life in alive):
                expected = InvalidInput

            def turn(session: Session) -> None:
                session.get_one(Lesson, made.own_lesson.id).draft = is_draft

            assert self._tried(who, turn) is expected
            if expected is None:
                self.is_draft = is_draft
                for life in alive if not is_draft else ():
                    life.seen_from = len(life.values) - 1 if life.seen_from is None else life.seen_from

        @rule(who=WRITERS, student=STUDENTS)
        def owe(self, who: str, student: str) -> None:
            """The dot, where there is none yet."""
            if student not in self.owed:
                owed = {"lesson_id": made.own_lesson.id, "student_id": getattr(made, student).id}
                refused = self._tried(who, lambda session: session.add(Debt(**owed, due=made.term.ends_on)))
                assert refused is (None if self.takes_entries else NotAllowed)
                if refused is None:
                    self.owed.add(student)

        @precondition(lambda self: self.is_closed)
        @rule()
        def the_clock_lets_debts_expire(self) -> None:
            with transaction(engine, DEBT_KEEPER) as session:
                assert expire(session, made.school.id) == len(self.owed)
            self.owed.clear()

        @invariant()
        def rows_and_history_are_as_the_model_says(self) -> None:
            with transaction(engine, SEEDER) as session:
                rows = {mark.id: mark.value for mark in session.scalars(select(Mark))}
                told = stories(session, "mark", [life.key for life in self.lives])
                assert rows == {life.key: life.value for life in self.lives if life.value is not None}
                for life in self.lives:
                    history = record_history(session, "mark", life.key)
                    steps = [one for one in reversed(history) if "value" in one.fields]
                    assert [one.fields["value"][1] for one in steps] == life.values
                    assert [str(one.fields.get(WHY, (None, ""))[1]) for one in steps] == life.whys
                    for_others = [made.teacher.id if who != "teacher" else None for who in life.writers]
                    assert [one.fields.get(FOR_WHOM, (None, None))[1] for one in steps] == for_others
                    assert [(one.old, one.new) for one in told.get(life.key, ())] == life.told
                    if life.seen_from is not None:
                        heard = [one.fields["value"] for one in as_families_hear(history, NO_PAUSE)]
                        assert list(reversed(heard)) == [(None, life.values[life.seen_from]), *life.told]

        @invariant()
        def families_see_their_own_and_what_is_published(self) -> None:
            of_anna = [life for life in self.lives if life.student == "anna" and life.seen_from is not None]
            theirs = {life.key: life.value for life in of_anna if life.value is not None}
            for name, marks in (("mother", theirs), ("anna", theirs), ("father", {})):
                with transaction(engine, self.people[name]) as session:
                    assert {mark.id: mark.value for mark in session.scalars(select(Mark))} == marks

        @invariant()
        def a_dot_stands_where_a_work_is_owed(self) -> None:
            with transaction(engine, SEEDER) as session:
                debts = session.scalars(select(Debt)).all()
            names = {made.anna.id: "anna", made.gleb.id: "gleb"}
            assert sorted(names[debt.student_id] for debt in debts if debt.state == "open") == sorted(self.owed)
            assert all(debt.became_id is None or debt.state == "closed" for debt in debts)

    return MarkLife


def _set(session: Session, key: int, value: str) -> None:
    session.get_one(Mark, key).value = value
