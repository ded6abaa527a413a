"""An actor's keys as the rules of rows say them, and these rules as one option of a statement.

SQLAlchemy finds a statement's SQL again by a key that it makes of all its parts, each time. Fifteen criteria would be
walked through for that at every statement, and be made anew in every request. Here rules depend on nothing but how many
keys of each kind there are: that is their part of the key, the keys themselves are parameters of fixed names, and the
criteria are made only where SQL has to be written.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import ARRAY, BigInteger, BindParameter, any_, bindparam
from sqlalchemy.orm.interfaces import CriteriaOption
from sqlalchemy.sql.base import ExecutableOption

from app.session.actors import Actor

NONE, ONE, MANY = range(3)
KINDS: dict[str, Callable[[Actor], Collection[int]]] = {
    "members": lambda actor: actor.school_ids | actor.whole_school_ids,
    "whole": lambda actor: actor.whole_school_ids,
    "students": lambda actor: actor.student_ids,
    "classes": lambda actor: actor.class_ids,
    "led_classes": lambda actor: actor.led_class_ids,
    "guardians": lambda actor: actor.guardian_ids,
    "own_students": lambda actor: actor.own_student_ids,
    "family": lambda actor: actor.family_ids,
    "family_only": lambda actor: actor.family_only_ids,
    "family_classes": lambda actor: actor.family_class_ids,
    "family_groups": lambda actor: actor.family_group_ids,
}


class Keys:
    """The keys of one actor, by kind. What asks `has` and `among` alone is the same SQL for all of one form."""

    def __init__(self, actor: Actor) -> None:
        self._of = {kind: sorted(keys(actor)) for kind, keys in KINDS.items()}
        self.form = tuple(min(len(keys), MANY) for keys in self._of.values())

    def has(self, kind: str) -> bool:
        return bool(self._of[kind])

    def among(self, kind: str) -> Any:
        """What a column must equal: one key, or any of one array."""
        bound = self._bound(kind)
        return bound if len(self._of[kind]) == ONE else any_(bound)

    def array(self, kind: str) -> BindParameter[Any]:
        """All of them as one array, however many."""
        return bindparam(f"row_rule_all_{kind}", self._of[kind], type_=ARRAY(BigInteger))

    @cached_property
    def parameters(self) -> Sequence[BindParameter[Any]]:
        """Every parameter that a rule may have, in one order."""
        return [each for kind in self._of for each in (self._bound(kind), self.array(kind))]

    def _bound(self, kind: str) -> BindParameter[Any]:
        keys = self._of[kind]
        if len(keys) == ONE:
            return bindparam(f"row_rule_{kind}", keys[0], type_=BigInteger)
        return bindparam(f"row_rule_{kind}", keys, type_=ARRAY(BigInteger))


class RowRules(CriteriaOption):
    """The criteria that `made` makes of the keys, as one option."""

    def __init__(self, made: Callable[[Keys], Iterable[ExecutableOption]], keys: Keys) -> None:
        self._made, self._keys = made, keys

    @cached_property
    def _criteria(self) -> list[Any]:
        return list(self._made(self._keys))

    def _gen_cache_key(self, anon_map: Any, bindparams: list[BindParameter[Any]]) -> tuple[Any, ...]:
        bindparams.extend(self._keys.parameters)
        return (RowRules, self._made, self._keys.form)

    def process_compile_state(self, compile_state: Any) -> None:
        for criterion in self._criteria:
            criterion.process_compile_state(compile_state)

    def process_compile_state_replaced_entities(self, compile_state: Any, mapper_entities: Any) -> None:
        self.process_compile_state(compile_state)

    def get_global_criteria(self, attributes: dict[str, Any]) -> None:
        for criterion in self._criteria:
            criterion.get_global_criteria(attributes)


def among(keys: Iterable[int]) -> Any:
    """What a column must equal: one key, or any of one bound array, so that the statement is the same for everyone."""
    wanted = sorted(keys)
    if len(wanted) == 1:
        return bindparam(None, wanted[0], type_=BigInteger)
    return any_(bindparam(None, wanted, type_=ARRAY(BigInteger)))
