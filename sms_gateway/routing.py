"""Which link sends whose messages: the best priority that can be used, shared by weight, school by school."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Shares: TypeAlias = Mapping[int | None, tuple[int, int, int]]  # school → from, to, of; None: every other school


@dataclass(frozen=True, slots=True)
class Sight:
    """A link as the routing sees it. `school_id` None: it serves every school."""

    id: int
    school_id: int | None
    priority: int = 1
    weight: int = 1
    can_send: bool = True  # bound and not paused
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Messages that a link may claim: those with `id % of` from `from` on and below `to`; none where it has no share.

    A message that has waited for a while may be claimed by every link that has any share of its school's.
    """

    shares: Shares

    @property
    def takes_all(self) -> bool:
        """Whether it claims every message of every school."""
        return set(self.shares) == {None} and self.shares[None][:2] == (0, self.shares[None][2])

    def rows(self) -> str:
        """The shares as the database takes them."""
        return json.dumps(
            [
                {"school": school, "first": first, "behind": behind, "of": of}
                for school, (first, behind, of) in self.shares.items()
            ]
        )

    @property
    def apart(self) -> list[int]:
        """Schools that have shares of their own."""
        return sorted(school for school in self.shares if school is not None)


NOTHING = Route({})


def routes(links: Iterable[Sight]) -> dict[int, Route]:
    """The route of each link, by its id.

    >>> first, spare = Sight(1, None), Sight(2, None, priority=2)
    >>> routes([first, spare])[1].takes_all, routes([first, spare])[2].shares
    (True, {})
    >>> routes([Sight(1, None, can_send=False), spare])[2].takes_all
    True
    >>> {link: dict(route.shares) for link, route in routes([Sight(1, None, weight=3), Sight(2, None)]).items()}
    {1: {None: (0, 3, 4)}, 2: {None: (3, 4, 4)}}
    """
    every = sorted(links, key=lambda link: link.id)
    schools: list[int | None] = [None, *sorted({link.school_id for link in every if link.school_id is not None})]
    shares: dict[int, dict[int | None, tuple[int, int, int]]] = {link.id: {} for link in every}
    for school in schools:
        for link_id, share in _shares_of(school, every):
            shares[link_id][school] = share
    return {link.id: Route(_without_empty(shares[link.id], schools)) for link in every}


def _shares_of(school: int | None, links: Sequence[Sight]) -> Iterable[tuple[int, tuple[int, int, int]]]:
    usable = [link for link in links if link.school_id in (None, school) and link.can_send]
    fit = [link for link in usable if not link.rests] or usable
    best = min((link.priority for link in fit), default=0)
    group = [link for link in fit if link.priority == best]
    total = sum(link.weight for link in group)
    first = 0
    for link in group:
        yield link.id, (first, first + link.weight, total)
        first += link.weight


def _without_empty(
    shares: Mapping[int | None, tuple[int, int, int]], schools: Sequence[int | None]
) -> dict[int | None, tuple[int, int, int]]:
    """A school in whose messages the link has no part must not fall to "every other school"."""
    if not shares:
        return {}
    named = {school: shares.get(school, (0, 0, 1)) for school in schools}
    if len(set(named.values())) == 1 and None in shares:
        return {None: shares[None]}
    return named if None in shares else dict(shares)
