"""The clock hints what waits, wakes for a text, and comes back by itself."""

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Engine, text

from app.services.jobs import (
    COMPOSE_DIGESTS,
    COMPOSE_IMMEDIATE,
    HANDLE_INBOUND,
    MIND_BUDGETS,
    MIND_DEBTS,
    MIND_DIARIES,
    MIND_NUMBERS,
    NOW,
    QUEUES,
    SEND_MAILS,
    SWEEP,
    TIDY,
    TIDY_STORE,
    VERIFY_CHAINS,
    WATCH_LINE,
    enqueue,
)
from app.session.actors import COMPOSER, Actor
from app.session.engine import transaction
from config import Settings
from tests.factories import MadeSchool, a_mark
from tests.services.test_compose import AROUND, save
from workers.clock import MOST_WAITING, Clock
from workers.deliver import make_all_deliveries
from workers.sweep import FORGOTTEN, _found

PATIENCE_SECONDS = 150  # it is waited for, not measured; others work beside these, and rq waits longer each time
ALWAYS = sorted(
    (job, [])
    for job in (
        TIDY,
        SEND_MAILS,
        MIND_DEBTS,
        MIND_DIARIES,
        TIDY_STORE,
        VERIFY_CHAINS,
        WATCH_LINE,
        MIND_NUMBERS,
        MIND_BUDGETS,
    )
)  # what is asked for from time to time though nothing waits


def eventually(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.05)


def jobs(settings: Settings) -> list[tuple[str, list[object]]]:
    """What waits in Redis: names and arguments."""
    with Redis.from_url(settings.redis_url or "") as client:
        queues = [Queue(name, connection=client, serializer=JSONSerializer) for name in QUEUES]
        return sorted((job.func_name or "", list(job.args)) for queue in queues for job in queue.jobs)


@pytest.fixture
def connection(settings: Settings) -> Iterator[psycopg.Connection[tuple[bool, ...]]]:
    with psycopg.connect(settings.database_app_url or "", autocommit=True) as made:
        yield made


@pytest.fixture
def running(settings: Settings) -> Iterator[Clock]:
    """A clock that ticks in a thread."""
    clock = Clock(settings)
    thread = threading.Thread(target=clock.run)
    thread.start()
    yield clock
    clock.stop(0, None)
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()


def test_with_nothing_to_do_it_only_asks_for_what_the_day_brings(
    settings: Settings, connection: psycopg.Connection[tuple[bool, ...]]
) -> None:
    clock = Clock(settings)

    clock.look(connection)
    clock.look(connection)

    assert jobs(settings) == ALWAYS


def test_each_thing_that_waits_has_its_hint_once(
    engine: Engine,
    teacher: Actor,
    made: MadeSchool,
    working: Settings,
    connection: psycopg.Connection[tuple[bool, ...]],
) -> None:
    clock = Clock(working)
    save(engine, teacher, a_mark(made))
    clock.look(connection)
    fresh = jobs(working)
    with transaction(engine, COMPOSER) as session:
        session.execute(text("UPDATE notice SET happened_at = now() - interval '1 minute'"), execution_options=AROUND)

    clock.look(connection)
    for forgotten in _found(FORGOTTEN):
        make_all_deliveries(forgotten)
    clock.look(connection)
    with transaction(engine, COMPOSER) as session:
        session.execute(text("UPDATE sms_delivery SET kind = 'digest'"), execution_options=AROUND)
    clock.look(connection)
    clock.look(connection)

    assert fresh == ALWAYS
    assert jobs(working) == sorted([*ALWAYS, (SWEEP, []), (COMPOSE_IMMEDIATE, []), (COMPOSE_DIGESTS, [])])


def test_a_text_wakes_it_and_a_lost_connection_is_made_again(
    settings: Settings, running: Clock, connection: psycopg.Connection[tuple[bool, ...]]
) -> None:
    def listens() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zvonok clock'"
        return connection.execute(query).fetchone() == (1,)

    eventually(listens)
    eventually(lambda: (TIDY, []) in jobs(settings))
    connection.execute("NOTIFY sms_inbound, '7'")
    eventually(lambda: (HANDLE_INBOUND, [[7]]) in jobs(settings))

    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zvonok clock'")
    eventually(lambda: not listens())
    eventually(listens)
    time.sleep(0.2)
    connection.execute("NOTIFY sms_inbound, '8'")

    eventually(lambda: (HANDLE_INBOUND, [[8]]) in jobs(settings))


def test_a_burst_of_texts_is_one_hint_and_behind_a_long_queue_the_sweep_takes_them(
    settings: Settings, connection: psycopg.Connection[tuple[bool, ...]]
) -> None:
    clock = Clock(settings)
    with clock._connection() as heard:
        connection.execute("SELECT pg_notify('sms_inbound', one::text) FROM generate_series(1, 300) AS one")
        clock.listen(heard)
        assert jobs(settings) == [(HANDLE_INBOUND, [list(range(1, 301))])]

        for number in range(MOST_WAITING - 1):
            enqueue(clock.redis_url, COMPOSE_IMMEDIATE, number, queue=NOW)
        connection.execute("SELECT pg_notify('sms_inbound', '301')")
        clock.listen(heard)

    assert [arguments for job, arguments in jobs(settings) if job == HANDLE_INBOUND] == [[list(range(1, 301))]]


def test_a_payload_that_is_no_number_is_passed_over(
    settings: Settings, running: Clock, connection: psycopg.Connection[tuple[bool, ...]]
) -> None:
    eventually(lambda: (TIDY, []) in jobs(settings))
    for payload in ("", "x", "-1", "²"):
        connection.execute("SELECT pg_notify('sms_inbound', %s)", (payload,))
    connection.execute("NOTIFY sms_inbound, '9'")

    eventually(lambda: (HANDLE_INBOUND, [[9]]) in jobs(settings))


def test_without_redis_it_goes_on_and_hints_when_redis_is_back(
    settings: Settings, connection: psycopg.Connection[tuple[bool, ...]]
) -> None:
    clock = Clock(settings)
    url, clock.redis_url = clock.redis_url, "unix:///nowhere/redis.sock"
    clock.look(connection)

    clock.redis_url = url
    clock.look(connection)

    assert jobs(settings) == ALWAYS
