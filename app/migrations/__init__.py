"""Alembic's scripts: the only way in which tables come and change."""
