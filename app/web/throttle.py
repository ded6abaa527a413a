"""Tries at a secret, counted in Redis, so that nobody guesses through and nobody is shut out by a stranger's guessing.

Counted are the failed tries at one name from one address, at the name from everywhere, from the address at all names,
and in all. A device that the account has come in from before (app/web/devices.py) has a count of its own and is asked
for no other: whatever strangers do, the right password from the own device opens. Where Redis is away each process
counts for itself: the school goes on, and nobody guesses without limit meanwhile.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()


@dataclass(frozen=True)
class Limits:
    """How many failed tries at one kind of secret are let be within the window. `kind` stands in the keys in Redis."""

    kind: str
    own: int  # at one name from one address, or from one known device
    name: int  # at one name from everywhere together
    address: int  # from one address (an IPv6 network of /64) at all names
    all: int  # of everybody
    window_seconds: int


# A whole school comes from one address. The windows are short: they slow, and never shut for long.
SIGN_IN = Limits("sign_in", own=10, name=50, address=300, all=3000, window_seconds=300)
CODES = Limits("codes", own=5, name=10, address=100, all=1000, window_seconds=900)


class Throttle:
    """The failed tries at one secret of one name, as seen from one place.

    For every door where something may be guessed or asked for too often (passwords, codes, recovery, registration):

        throttle = Throttle(resources().redis, CODES, name, client_address(request), known_device(request, name))
        if throttle.is_closed():
            raise TooManyRequests(retry_after=CODES.window_seconds)     # before any work is done
        if not is_right(...):
            throttle.count()                                            # after each failed try
        else:
            throttle.forget()                                           # after the right one

    `name` is whatever the secret belongs to, as it was typed: a user name, a phone, an address, a code's number; it
    need not exist, and stands in Redis as a hash. Where what counts is asking and not failing (a code sent by SMS, a
    mail with a link), call `count` at each request and never `forget`. Without `device` the caller is a stranger. Make
    `Limits` of your own beside your door; a new `kind` never shares its counts with another.
    """

    def __init__(self, redis: Redis, limits: Limits, name: str, address: str, device: str = "") -> None:
        self.redis, self.limits = redis, limits
        kind, who = limits.kind, hashlib.sha256(name.strip().lower().encode(errors="replace")).hexdigest()[:32]
        self._own = f"{kind}:{who}:{f'device:{device}' if device else address}"
        self._counts = {self._own: limits.own}
        if not device:
            self._counts |= {
                f"{kind}:{who}": limits.name,
                f"{kind}:@{address}": limits.address,
                f"{kind}:*": limits.all,
            }

    def is_closed(self) -> bool:
        """Whether there were too many failed tries lately."""
        try:
            counts = [int(count or 0) for count in self.redis.mget(list(self._counts))]
        except RedisError as away:
            self._tell(away)
            counts = _own_memory.counts(self._counts)
        return any(count >= limit for count, limit in zip(counts, self._counts.values(), strict=True))

    def count(self) -> None:
        """One more failed try."""
        try:
            with self.redis.pipeline() as pipe:
                for key in self._counts:
                    pipe.set(key, 0, ex=self.limits.window_seconds, nx=True)  # the window begins with its first try
                    pipe.incr(key)
                pipe.execute()
        except RedisError as away:
            self._tell(away)
            _own_memory.add(self._counts, self.limits.window_seconds)

    def forget(self) -> None:
        """The right secret opens this place again; what others did elsewhere stays counted."""
        try:
            self.redis.delete(self._own)
        except RedisError as away:
            self._tell(away)
            _own_memory.forget(self._own)

    def _tell(self, away: RedisError) -> None:
        log.warning("throttle.without_redis", kind=self.limits.kind, error=type(away).__name__)


class _Memory:
    """Counts of this process, for as long as Redis is away."""

    MOST = 10_000

    def __init__(self) -> None:
        self._kept: dict[str, tuple[int, float]] = {}  # key → count, and when its window ends

    def counts(self, keys: Iterable[str]) -> list[int]:
        now = time.monotonic()
        found = (self._kept.get(key, (0, now)) for key in keys)
        return [count if ends > now else 0 for count, ends in found]

    def add(self, keys: Iterable[str], window_seconds: int) -> None:
        keys = list(keys)
        if len(self._kept) > self.MOST:
            self._kept.clear()
        for key, count in zip(keys, self.counts(keys), strict=True):
            ends = self._kept[key][1] if count else time.monotonic() + window_seconds
            self._kept[key] = (count + 1, ends)

    def forget(self, key: str) -> None:
        self._kept.pop(key, None)


_own_memory = _Memory()
