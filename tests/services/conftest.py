"""The made school of tests/session, for the services."""

from tests.session.conftest import engine, made, mother, teacher

__all__ = ["engine", "made", "mother", "teacher"]
