"""What the database holds, as one figure a table: two that are equal have not changed between."""

from collections.abc import Iterator

import psycopg
from psycopg import sql

from tests.support import SchoolDatabase

#: Columns that looking may change, with the reason.
MAY_CHANGE = {
    **dict.fromkeys(
        (f"diary_visit.{column}" for column in ("id", "user_id", "student_id", "seen_id", "shown_id", "shown_at")),
        "what is new in the diary is counted from the visit before",
    ),
    "web_session.seen_at": "when the session was last heard of",
    "web_session.used_at": "from where the idle lock counts",
    "web_session.expires_at": "a session that is used lives longer",
    "import_run.seen": "who has looked at an import is told of it no longer",
    "web_session.content": "the token of the forms, made with the first of them",
}


def state(database: SchoolDatabase) -> dict[str, str]:
    """Table → what its rows say together."""
    return dict(_states(database))


def _states(database: SchoolDatabase) -> Iterator[tuple[str, str]]:
    query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    columns: dict[str, list[str]] = {}
    with psycopg.connect(database.owner_url) as connection:
        for table, column in connection.execute(query):
            if f"{table}.{column}" not in MAY_CHANGE:
                columns.setdefault(table, []).append(column)
        for table, names in sorted(columns.items()):
            rows = sql.SQL(
                "SELECT md5(string_agg(told, '|' ORDER BY told)) FROM (SELECT ROW({})::text told FROM {}) all_"
            )
            filled = rows.format(sql.SQL(", ").join(map(sql.Identifier, sorted(names))), sql.Identifier(table))
            found = connection.execute(filled).fetchone()
            yield table, str(found[0] if found else None)
