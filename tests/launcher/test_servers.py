"""The embedded servers and the database of a test."""

import psycopg
import pytest
import redis


def test_application_reads_and_writes_but_owns_nothing(database):
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        assert owner.execute("SELECT current_setting('is_superuser')").fetchone() == ("on",)
    with psycopg.connect(database.app_url, autocommit=True) as application:
        assert application.execute("SELECT current_setting('is_superuser')").fetchone() == ("off",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TABLE note (id int)")


def test_redis_is_empty_at_the_start_of_a_test(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
