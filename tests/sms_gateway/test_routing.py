"""Which link sends whose messages: every message has a link as long as one can send."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sms_gateway.health import Health
from sms_gateway.routing import NOTHING, Route, Sight, routes

SCHOOLS = [1, 2, 3]
SIGHTS = st.lists(
    st.builds(
        Sight,
        id=st.integers(1, 6),
        school_id=st.sampled_from([None, *SCHOOLS[:2]]),
        priority=st.integers(1, 3),
        weight=st.integers(1, 5),
        can_send=st.booleans(),
        rests=st.booleans(),
    ),
    max_size=5,
    unique_by=lambda sight: sight.id,
)


def takes(route: Route, school: int, message: int) -> bool:
    """What the claim asks of the shares."""
    first, behind, of = route.shares.get(school) or route.shares.get(None) or (0, 0, 1)
    return first <= message % of < behind


@given(SIGHTS)
def test_each_message_belongs_to_exactly_one_link_where_one_can_send(links: list[Sight]) -> None:
    found = routes(links)
    for school in SCHOOLS:
        can_send = [link for link in links if link.can_send and link.school_id in (None, school)]
        for message in range(30):
            takers = [link for link in links if takes(found[link.id], school, message)]
            assert len(takers) == (1 if can_send else 0)
            for taker in takers:
                assert taker in can_send
                rested = [link for link in can_send if not link.rests] or can_send
                assert taker in rested
                assert taker.priority == min(link.priority for link in rested)


def test_links_of_one_priority_share_by_weight() -> None:
    found = routes([Sight(1, None, weight=3), Sight(2, None, weight=1)])

    shared = Counter(link for message in range(400) for link, route in found.items() if takes(route, 1, message))

    assert shared == {1: 300, 2: 100}


def test_a_school_with_a_link_of_its_own_shares_the_common_one_only_by_priority() -> None:
    common, own = Sight(1, None, priority=2), Sight(2, 7, priority=1)

    found = routes([common, own])

    assert takes(found[2], 7, 5) and not takes(found[1], 7, 5)
    assert takes(found[1], 8, 5) and not takes(found[2], 8, 5)


def test_the_only_link_takes_all_without_asking_about_shares() -> None:
    assert routes([Sight(4, None)])[4].takes_all
    assert not routes([Sight(4, 1)])[4].takes_all
    assert not NOTHING.takes_all


def test_a_link_that_refuses_half_rests_and_comes_back() -> None:
    health = Health(most_refused_percent=50, slow_seconds=10)
    for number in range(20):
        health.answered(100.0, 0.1, refused=number % 3 > 0)

    assert health.rests(100.0)
    assert health.rests(159.0)
    assert not health.rests(161.0), "what was refused before the rest counts no more"


def test_few_refusals_say_nothing_and_limits_of_0_never_do() -> None:
    few, never = Health(50, 10), Health(0, 0)
    for number in range(40):
        if number < 19:
            few.answered(100.0, 0.1, refused=True)
        never.answered(100.0, 99.0, refused=True)

    assert not few.rests(100.0)
    assert not never.rests(100.0, oldest_wait_seconds=99.0)


def test_a_link_that_drags_or_keeps_silent_rests() -> None:
    drags, silent = Health(50, 10), Health(50, 10)
    for _ in range(20):
        drags.answered(100.0, 11.0, refused=False)

    assert drags.rests(100.0)
    assert silent.rests(100.0, oldest_wait_seconds=10.5)


def test_figures_are_those_of_the_last_minute() -> None:
    health = Health(50, 10)
    health.answered(10.0, 1.0, refused=True)
    health.answered(100.0, 2.0, refused=False)
    health.answered(101.0, 20.0, refused=True)

    figures = health.figures(102.0)

    assert (figures.answers, figures.refused, figures.slow, figures.median_seconds) == (2, 1, 1, 11.0)
