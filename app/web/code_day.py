"""Codes by SMS that are asked for from one address of the network in a day, at whichever door.

Numbers, accounts and schools are counted in the database (app/services/codes_sent.py), which holds no address.
"""

from flask import request

from app.web.addresses import client_address
from app.web.resources import resources
from app.web.throttle import Limits, Throttle

# A whole school comes from one address, and so may all the families that a desk subscribes in a day.
A_DAY = Limits("codes_day", own=300, name=20_000, address=300, all=20_000, window_seconds=86_400)


def is_over() -> bool:
    """Whether too many were asked for from here today."""
    return _throttle().is_closed()


def count() -> None:
    """One more."""
    _throttle().count()


def _throttle() -> Throttle:
    return Throttle(resources().redis, A_DAY, "", client_address(request))
