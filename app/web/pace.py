"""How often one account may ask for what is dear or shows much at once: files of lists, and searches."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from werkzeug.exceptions import TooManyRequests

from app.web.actors import current_actor
from app.web.resources import resources
from app.web.throttle import Limits, Throttle

View = TypeVar("View", bound=Callable[..., Any])


def _each(kind: str, most: int, seconds: int) -> Limits:
    return Limits(kind, own=most, name=most, address=most, all=most, window_seconds=seconds)


EXPORTS = _each("exports", 200, 600)
SEARCHES = _each("searches", 300, 60)  # one asks at each pause in typing


def paced(limits: Limits) -> Callable[[View], View]:
    """A view that answers 429, and when to come again, where the account has asked `limits.own` times in the window.

    Accounts are counted apart, whatever address they come from: nobody's haste shuts out another.
    """

    def pace(view: View) -> View:
        @wraps(view)
        def asking(*arguments: Any, **named: Any) -> Any:
            actor = current_actor()
            asked = Throttle(resources().redis, limits, str(actor.user_id if actor is not None else 0), "", "account")
            if asked.is_closed():
                raise TooManyRequests(retry_after=limits.window_seconds)
            asked.count()
            return view(*arguments, **named)

        return asking  # type: ignore[return-value]

    return pace
