"""Laying the demo school: once, whole or not at all, with its history and without a word to anybody."""

from datetime import date, timedelta

import psycopg
import pytest
from sqlalchemy import inspect, select

import seeds.demo
from app.domain.chain import START, link_hash, value_digest
from app.records import ALL
from app.session.actors import AUDITOR
from app.session.engine import SchoolSession, make_engine
from config import sqlalchemy_url


@pytest.mark.parametrize("table", ["notice", "sms_delivery", "sms_message"])
def test_nothing_is_sent_until_somebody_acts(number, table):
    assert number(f"SELECT count(*) FROM {table}") == 0


def test_chain_holds_every_mark_and_is_whole(ask, number):
    previous, school_id = START, number("SELECT id FROM school")
    values = {}
    for row in ask("SELECT revision_id, field, salt, old, new FROM revision_value"):
        values.setdefault(row.revision_id, {})[row.field] = value_digest(row.salt, row.old, row.new)
    links = ask("SELECT * FROM revision ORDER BY number")
    for place, link in enumerate(links, start=1):
        assert (link.number, link.previous, link.fields) == (place, previous, values[link.id])
        previous = link_hash(
            previous,
            school_id=school_id,
            number=place,
            record=link.record,
            record_id=link.record_id,
            action=link.action,
            happened_at=link.happened_at,
            author=link.author,
            fields=link.fields,
        )
        assert link.hash == previous
    assert ask("SELECT number, hash FROM chain_head") == [(len(links), previous)]
    assert ask("SELECT id FROM mark EXCEPT SELECT record_id FROM revision WHERE record = 'mark'") == []


@pytest.mark.parametrize("record", [record for record in ALL if record.check or record.fill], ids=lambda one: one.name)
def test_rows_are_as_if_they_had_been_typed_in(demo_school, record):
    engine = make_engine(sqlalchemy_url(demo_school.app_url))
    with SchoolSession(engine, info={"actor": AUDITOR}) as session, session.no_autoflush:
        for row in session.scalars(select(record.model).order_by(record.model.id.desc()).limit(200)):
            if record.fill is not None:
                record.fill(session, row)
            if record.check is not None:
                record.check(session, row)
            changed = {one.key for one in inspect(row).attrs if one.history.has_changes()} - {*record.volatile}
            assert changed == set(), f"{record.name} {row}"
    engine.dispose()


def state_of(owner_url):
    """Table → its number of rows and the newest transaction that wrote one."""
    with psycopg.connect(owner_url) as owner:
        tables = owner.execute("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'").fetchall()
        query = "SELECT count(*), max(xmin::text::bigint) FROM "
        return {name: owner.execute(query + name).fetchone() for (name,) in tables}


def test_second_installation_changes_nothing(demo_database, demo_settings):
    before = state_of(demo_database.owner_url)

    seeds.install(demo_settings)
    seeds.demo.install(demo_settings, date.today() + timedelta(days=40))

    assert state_of(demo_database.owner_url) == before


def test_installation_that_is_broken_off_leaves_nothing(database, settings, monkeypatch):
    class Killed(Exception):
        pass

    def killed(*_):
        raise Killed

    monkeypatch.setattr(seeds.demo, "lay_classes", killed)
    before = state_of(database.owner_url)

    with pytest.raises(Killed):
        seeds.demo.install(settings)

    assert state_of(database.owner_url) == before
