"""Loading: a row comes in one statement with the related rows that its page shows and its words are made of."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import joinedload

from app.models.base import Table

DEEPEST = 3  # relations of relations that a row's words may need


def with_related(model: type[Table], names: Iterable[str]) -> list[Any]:
    """Options of a SELECT: load the named relations with it, and what their words (`__str__`) are made of.

    "lesson.term" is a relation of a relation.
    By outer joins, to which the row rule adds nothing: a row that is seen tells its related rows, such as the lesson of
    a student's former class in which a mark was given. tests/matrix says which those may be.
    """
    relations = inspect(model).relationships
    options: list[Any] = []
    for path in names:
        name, _, further = path.partition(".")
        if name in relations:
            related = relations[name].mapper.class_
            load = joinedload(getattr(model, name))
            options += [load, *_needed_by_words(load, related, DEEPEST)]
            if further:
                options.append(load.joinedload(getattr(related, further)))
    return options


def with_words(model: type[Table]) -> list[Any]:
    """Options of a SELECT: load what the words of the row itself are made of."""
    return with_related(model, _named_in_words(model))


def _needed_by_words(load: Any, model: type[Table], depth: int) -> Iterator[Any]:
    if depth == 0:
        return
    for name in _named_in_words(model):
        further = load.joinedload(getattr(model, name))
        yield further
        yield from _needed_by_words(further, inspect(model).relationships[name].mapper.class_, depth - 1)


@cache
def _named_in_words(model: type[Table]) -> tuple[str, ...]:
    """The relations that `__str__` speaks of, read off its code, so that no declaration has to repeat them."""
    code = getattr(model.__str__, "__code__", None)
    spoken = code.co_names if code is not None else ()
    return tuple(relation.key for relation in inspect(model).relationships if relation.key in spoken)
