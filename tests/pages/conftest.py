"""The tests of pages share one application; those of the phones share one with a simulator."""

from tests.pages.fake_simulator import anna, demo, simulator
from tests.web_support import web, web_app

__all__ = ["anna", "demo", "simulator", "web", "web_app"]
