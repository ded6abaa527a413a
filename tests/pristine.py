"""Puts one database back to its first state after a test: many times faster than a new copy of it.

The first state is kept in the schema `pristine`. A table that changed is emptied and filled again, with triggers and
foreign keys at rest; whether it changed is seen by its number of rows and by the newest transaction that wrote one.
All tables are asked in one statement, whose plan is kept: over a connection of its own that stays, since triggers at
rest make PostgreSQL forget the plans of a connection.
"""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import psycopg
from psycopg import sql

T = TypeVar("T")

REMEMBER = """
CREATE SCHEMA pristine;
CREATE TABLE pristine.tables (name text PRIMARY KEY, rows bigint, newest bigint, columns text);
CREATE TABLE pristine.sequences AS
    SELECT format('%I.%I', schemaname, sequencename) AS name, start_value, last_value FROM pg_sequences
    WHERE schemaname = 'public';

CREATE FUNCTION pristine.remember() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one text;
    asks text;
BEGIN
    FOR one IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', 'of_' || one, one);
        INSERT INTO pristine.tables SELECT one, 0, 0, (
            SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = format('public.%I', one)::regclass AND attnum > 0
            AND attgenerated = '' AND NOT attisdropped
        );
    END LOOP;
    SELECT string_agg(format(
        'SELECT %L, count(*), coalesce(max(xmin::text::bigint), 0) FROM public.%I', name, name
    ), ' UNION ALL ') INTO asks FROM pristine.tables;
    EXECUTE format(
        'CREATE FUNCTION pristine.now() RETURNS TABLE (name text, rows bigint, newest bigint) LANGUAGE plpgsql AS %L',
        'BEGIN RETURN QUERY ' || asks || '; END'
    );
    UPDATE pristine.tables AS was SET rows = now.rows, newest = now.newest
        FROM pristine.now() AS now WHERE was.name = now.name;
END $$;

CREATE FUNCTION pristine.changed() RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN array(
        SELECT was.name FROM pristine.tables AS was JOIN pristine.now() AS now ON now.name = was.name
        WHERE (now.rows, now.newest) IS DISTINCT FROM (was.rows, was.newest)
    );
END $$;

CREATE FUNCTION pristine.restore(changed text[]) RETURNS void LANGUAGE plpgsql
SET session_replication_role = replica AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT was.* FROM pristine.tables AS was WHERE was.name = ANY (changed) LOOP
        EXECUTE format('DELETE FROM public.%I', one.name);
        EXECUTE format(
            'INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM pristine.%3$I',
            one.name, one.columns, 'of_' || one.name
        );
        EXECUTE format(
            'UPDATE pristine.tables SET newest = (SELECT coalesce(max(xmin::text::bigint), 0) FROM public.%I)'
            ' WHERE name = %L', one.name, one.name
        );
    END LOOP;
END $$;

CREATE FUNCTION pristine.rewind() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setval(name::regclass, coalesce(last_value, start_value), last_value IS NOT NULL) FROM pristine.sequences;
END $$;

CREATE TABLE pristine.laid (state text, rank bigint, lays text);

CREATE FUNCTION pristine.keep(kept text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM pristine.tables WHERE name = ANY (pristine.changed()) LOOP
        EXECUTE format('CREATE TABLE pristine.%I AS TABLE public.%I', kept || ' of ' || one.name, one.name);
        INSERT INTO pristine.laid SELECT kept, 1, format(
            'DELETE FROM public.%1$I;'
            'INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM pristine.%3$I;',
            one.name, one.columns, kept || ' of ' || one.name
        );
    END LOOP;
    INSERT INTO pristine.laid SELECT kept, 2, format(
        'PERFORM setval(%L, %s);', format('%I.%I', schemaname, sequencename), last_value
    ) FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
    EXECUTE format(
        'CREATE FUNCTION pristine.%I() RETURNS void LANGUAGE plpgsql AS %L', 'lay ' || kept,
        'BEGIN ' || (SELECT string_agg(lays, ' ' ORDER BY rank) FROM pristine.laid WHERE state = kept) || ' END'
    );
END $$;

SELECT pristine.remember();
"""

END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


class Pristine:
    """One database that is put back again and again. Make it when the database is as every test shall find it."""

    def __init__(self, owner_url: str) -> None:
        self._url = owner_url
        self._kept: dict[str, bytes] = {}
        self._connect()
        self._asking.execute(REMEMBER)

    def restore(self) -> None:
        """Call it after each test; a transaction that a test left open is ended, idle connections stay."""
        try:
            self._restore()
        except psycopg.OperationalError:  # a test has ended every connection
            self.close()
            self._connect()
            self._restore()

    def close(self) -> None:
        self._asking.close()
        self._acting.close()
        self._laying.close()

    def _connect(self) -> None:
        self._asking = psycopg.connect(self._url, autocommit=True)
        self._acting = psycopg.connect(self._url, autocommit=True)
        self._laying = psycopg.connect(self._url, autocommit=True)
        self._laying.execute("SET session_replication_role = replica")

    def lay(self, state: str, make: Callable[[], T]) -> T:
        """What `make` writes into a database in its first state, and returns: made once, then laid again as it was.

        A test that has changed something already, or whose clock was moved, makes its own.
        """
        if self._changed() or self._is_another_time():
            return make()
        if state not in self._kept:
            made = make()
            self._asking.execute("SELECT pristine.keep(%s)", (state,))
            self._kept[state] = pickle.dumps(made)
        else:
            self._laying.execute(sql.SQL("SELECT pristine.{}()").format(sql.Identifier(f"lay {state}")))
        return pickle.loads(self._kept[state])  # type: ignore[no-any-return]

    def _changed(self) -> list[str]:
        ((changed,),) = self._asking.execute("SELECT pristine.changed()").fetchall()
        return list(changed)

    def _is_another_time(self) -> bool:
        ((now,),) = self._asking.execute("SELECT clock_timestamp()").fetchall()
        return abs(datetime.now(UTC) - now) > timedelta(minutes=1)

    def _restore(self) -> None:
        self._asking.execute(END_OTHERS)
        self._asking.execute("SELECT pristine.rewind()")
        changed = self._changed()
        if changed:
            self._acting.execute("SELECT pristine.restore(%s)", (changed,))
