"""Roles and their grants: given once, never against an administrator's will."""

import psycopg
import pytest

import seeds
from app import console
from app.records import ALL as RECORDS
from app.services.absences import MAY_DECIDE as MAY_ANSWER
from app.services.data_requests import MAY_DECIDE
from app.services.invitations import MAY_INVITE
from app.services.journal_list import MAY_OPEN
from app.services.money import MAY_SEE as MAY_SEE_MONEY
from app.services.sending import MAY_CONFIRM
from app.services.views import SHARE
from app.session.actors import ALL as ALL_SCHOOLS
from app.session.actors import BREADTHS
from app.web.rights import MAY_OVERSEE
from seeds.roles import ROLES

GRANTS = """
SELECT r.name, p.name, v.name FROM ab_role r
JOIN ab_permission_view_role x ON x.role_id = r.id JOIN ab_permission_view pv ON pv.id = x.permission_view_id
JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
"""
TAKE_AWAY = """
DELETE FROM ab_permission_view_role x USING ab_role r, ab_permission_view pv, ab_permission p, ab_view_menu v
WHERE r.id = x.role_id AND pv.id = x.permission_view_id AND p.id = pv.permission_id AND v.id = pv.view_menu_id
  AND (r.name, p.name, v.name) = (%s, %s, %s)
"""
ROLE = {role.name: role for role in ROLES}
ABOUT_MARKS = {"mark", "absence", "remark", "homework", "term_mark", "debt", "sms_message", "sms_inbound"}


@pytest.fixture
def owner(database):
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


def grants(owner):
    return sorted(owner.execute(GRANTS).fetchall())


def test_each_role_has_what_the_data_say(owner, settings):
    seeds.install(settings)

    held = {(permission, view) for role, permission, view in grants(owner) if role == "teacher"}
    assert held >= ROLE["teacher"].grants
    assert held - ROLE["teacher"].grants <= ROLE["teacher"].pages


def test_installing_twice_is_installing_once(owner, settings):
    seeds.install(settings)
    first = grants(owner)

    seeds.install(settings)

    assert grants(owner) == first
    assert len(first) == len(set(first))


def test_grant_that_an_administrator_took_away_stays_away(owner, settings):
    seeds.install(settings)
    taken = ("teacher", "can_read", "staff")
    assert owner.execute(TAKE_AWAY, taken).rowcount == 1

    seeds.install(settings)

    assert taken not in grants(owner)


def test_grant_of_a_later_version_arrives(owner, settings):
    seeds.install(settings)
    new = ("teacher", "can_read", "staff")
    owner.execute(TAKE_AWAY, new)
    owner.execute("DELETE FROM seeded_grant WHERE (role, permission, view) = (%s, %s, %s)", new)

    seeds.install(settings)

    assert new in grants(owner)


def test_role_that_an_administrator_deleted_stays_deleted(owner, settings):
    seeds.install(settings)
    owner.execute("DELETE FROM ab_role WHERE name = 'health worker'")

    seeds.install(settings)

    assert not [grant for grant in grants(owner) if grant[0] == "health worker"]


def test_grants_name_records_and_breadths_that_exist():
    known = {(name, record.name) for record in RECORDS for name in record.permissions}
    known |= {("can_see", breadth) for breadth in BREADTHS}
    known |= {(name, console.NAME) for name in console.PERMISSIONS}

    for role in ROLES:
        further = {SHARE, MAY_INVITE, MAY_DECIDE, MAY_ANSWER, MAY_OPEN, MAY_OVERSEE, MAY_SEE_MONEY, MAY_CONFIRM}
        assert role.grants <= known | further


def test_school_administrator_has_no_marks():
    assert not {view for _, view in ROLE["school administrator"].grants} & ABOUT_MARKS


def test_texts_of_sms_are_read_by_head_and_operator_only():
    readers = {role.name for role in ROLES if ("can_read_text", "sms_message") in role.grants}
    openers = {role.name for role in ROLES if ("can_read", "console") in role.grants}

    assert readers == {"head", "operator"}
    assert openers == {"operator", "school administrator"}


def test_authority_reads_no_record_of_a_single_child():
    assert ROLE["authority"].grants == {("can_see", ALL_SCHOOLS), ("can_read", "school")}


@pytest.mark.parametrize("name", ["guardian", "student"])
def test_families_write_nothing_but_subscriptions_requests_signatures_notices_and_answers(name):
    written = {view for permission, view in ROLE[name].grants if permission == "can_write"}
    theirs = {"sms_subscription", "data_request", "week_signature", "absence_notice", "event_answer", "attachment"}

    assert written == (theirs if name == "guardian" else set())
