"""Tries at a password, counted in Redis by name and by address; where Redis is away nobody is kept out."""

import hashlib

import structlog
from redis import Redis
from redis.exceptions import RedisError

WINDOW_SECONDS = 300
BY_NAME_AND_ADDRESS = 10
BY_NAME = 50  # from everywhere together: a class that shares an address cannot shut a teacher out elsewhere
BY_ADDRESS = 300  # a whole school comes from one address

log = structlog.get_logger()


class Throttle:
    """The failed tries of one name from one address within the window."""

    def __init__(self, redis: Redis, username: str, address: str) -> None:
        self.redis = redis
        name = hashlib.sha256(username.strip().lower().encode(errors="replace")).hexdigest()[:32]
        self.own = f"sign_in:{name}:{address}"
        self.limits = {self.own: BY_NAME_AND_ADDRESS, f"sign_in:{name}": BY_NAME, f"sign_in:@{address}": BY_ADDRESS}

    def is_closed(self) -> bool:
        """Whether there were too many failed tries lately."""
        try:
            counts = self.redis.mget(list(self.limits))
        except RedisError as away:
            log.warning("sign_in.not_counted", error=type(away).__name__)
            return False
        return any(int(count or 0) >= limit for count, limit in zip(counts, self.limits.values(), strict=True))

    def count(self) -> None:
        """One more failed try."""
        try:
            with self.redis.pipeline() as pipe:
                for key in self.limits:
                    pipe.incr(key)
                    pipe.expire(key, WINDOW_SECONDS)
                pipe.execute()
        except RedisError as away:
            log.warning("sign_in.not_counted", error=type(away).__name__)

    def forget(self) -> None:
        """The right password opens this pair again; what others did elsewhere stays counted."""
        try:
            self.redis.delete(self.own)
        except RedisError as away:
            log.warning("sign_in.not_counted", error=type(away).__name__)
