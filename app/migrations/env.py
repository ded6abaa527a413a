"""Alembic's environment: our tables and Flask-AppBuilder's, one metadata."""

import flask_appbuilder.security.sqla.models  # noqa: F401  (its tables join the metadata)
from alembic import context
from sqlalchemy import create_engine, pool

import app.models as models

target_metadata = models.Table.metadata


def run() -> None:
    """Migrate the database that the caller names in `attributes["url"]` or gives as `attributes["connection"]`."""
    given = context.config.attributes.get("connection")
    if given is not None:
        context.configure(connection=given, target_metadata=target_metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=target_metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
