"""The tests of pages share one application for each file."""

from tests.web_support import school, web

__all__ = ["school", "web"]
