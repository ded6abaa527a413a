"""Connections to the database, as the gateway needs them."""

import psycopg
from psycopg.rows import TupleRow

Database = psycopg.AsyncConnection[TupleRow]

# Each statement is about a few rows by their keys. The planner, who knows nothing of tables that fill and empty within
# minutes, would now and then read all of them instead.
_OPTIONS = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c jit=off"
_OPTIONS += " -c statement_timeout=30000"  # ms; a statement of ours takes some


async def connect(url: str) -> Database:
    """A connection on which each statement is a transaction unless one is begun."""
    return await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        application_name="zvonok gateway",
        connect_timeout=10,
        keepalives_idle=20,
        tcp_user_timeout=30_000,  # ms without an answer to what was sent, where the database is another machine
        options=_OPTIONS,
    )


def in_words(problem: psycopg.Error) -> str:
    """What the database said, without the row that it may quote: that holds phones and texts."""
    return problem.diag.message_primary or str(problem).strip()
