"""The tests of pages share one application."""

from tests.web_support import web, web_app

__all__ = ["web", "web_app"]
