"""`check`: one line for each part."""

import socket
import threading
from dataclasses import replace

import psycopg
import pytest

from launcher import checks
from launcher.checks import parts
from tests.sms_gateway.support import eventually, start_simulator


def lines(settings) -> dict[str, checks.Line]:
    return {line.part: line for line in parts(settings)}


def test_database_migrations_redis_and_mail_are_well(settings):
    found = lines(settings)

    assert found["database"].text.startswith("ok    database: PostgreSQL 18")
    assert found["migrations"].text.endswith("the newest")
    assert found["redis"].is_well
    assert found["mail"].text == f"ok    mail: into the folder {settings.var / 'mail'}"


def test_old_migration_is_told_with_the_command_that_helps(settings, database):
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")

    assert not lines(settings)["migrations"].is_well
    assert "`python run.py migrate`" in lines(settings)["migrations"].words


def test_missing_worker_is_told(settings):
    assert lines(settings)["queues"].text == "FAIL  queues: no worker is running"


def test_servers_that_do_not_answer_fail_and_the_others_are_still_told(settings):
    found = lines(
        replace(
            settings, redis_url="redis://127.0.0.1:1/", mail_url="smtp://127.0.0.1:1", smsc_url="smpp://x@127.0.0.1:1/"
        )
    )

    assert found["database"].is_well
    for part in ("redis", "queues", "mail"):
        assert not found[part].is_well
        assert found[part].words


def test_redis_that_throws_waiting_jobs_away_is_told(settings, redis_url):
    import redis

    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "noeviction" in lines(settings)["redis"].words
            assert not lines(settings)["redis"].is_well
        finally:
            client.config_set("maxmemory-policy", "noeviction")


@pytest.fixture
def simulator():
    """An SMSC that behaves as it is told."""
    thread, running = start_simulator()
    yield running
    thread.stop()


@pytest.fixture
def refusing_smsc():
    """An SMSC that hangs up on everybody; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            try:
                while True:
                    server.accept()[0].close()
            except OSError:
                return

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_smsc_that_does_not_take_the_bind_is_told(settings, refusing_smsc):
    found = lines(replace(settings, smsc_url=f"smpp://school:word@127.0.0.1:{refusing_smsc}/"))

    assert "does not take our bind" in found["SMS link of ZVONOK_SMSC_URL"].words


def test_smsc_that_refuses_us_is_told_in_words(settings, simulator):
    simulator.behave(refuse_bind=0x0E)
    url = f"smpp://school:word@127.0.0.1:{simulator.smpp_port}/"

    found = lines(replace(settings, smsc_url=url))["SMS link of ZVONOK_SMSC_URL"]

    assert found.words.endswith("does not take our bind: the password of the link is wrong (0x0E)")
    simulator.behave(refuse_bind=0)
    assert "no gateway holds it" in lines(replace(settings, smsc_url=url))["SMS link of ZVONOK_SMSC_URL"].words
    eventually(lambda: simulator.get("stats")["sessions"] == 0)  # nothing stays bound


def test_address_that_smpp_cannot_carry_is_told(settings):
    found = lines(replace(settings, smsc_url="smpp://school:a-long-password@127.0.0.1:1/"))

    assert "password is at most 8" in found["SMS links"].words
