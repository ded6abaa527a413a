"""The tests of pages share one application; those of the phones share one with a simulator."""

from tests.pages.fake_simulator import anna, demo, simulator

__all__ = ["anna", "demo", "simulator"]
