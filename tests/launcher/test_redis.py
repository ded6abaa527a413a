"""The embedded Redis."""

import redis

from launcher.serving import serving


def test_listens_on_its_socket_only_and_keeps_what_it_got(redis_of_school):
    with serving(redis_of_school), redis.Redis.from_url(redis_of_school.url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        client.set("waits", "yes")

    with serving(redis_of_school), redis.Redis.from_url(redis_of_school.url) as client:
        assert client.get("waits") == b"yes"


def test_starts_again_after_a_kill(redis_of_school):
    with serving(redis_of_school) as process, redis.Redis.from_url(redis_of_school.url) as client:
        client.set("waits", "yes")
        client.execute_command("WAITAOF", 1, 0, 5000)
        process.kill()

    with serving(redis_of_school), redis.Redis.from_url(redis_of_school.url) as client:
        assert client.get("waits") == b"yes"


def test_one_that_outlived_its_launcher_is_ended_first(redis_of_school):
    with serving(redis_of_school) as orphan, serving(redis_of_school):
        assert orphan.wait(20) == 0
