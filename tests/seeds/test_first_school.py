"""A school of one's own: founded once, with an administrator who can sign in and set it up."""

import psycopg
import pytest

from app.session.actors import AUDITOR
from app.session.engine import make_engine, transaction
from config import Settings, sqlalchemy_url
from launcher.commands import main
from seeds.all_schools import NotThere, administer
from seeds.first_school import Taken, found
from tests.factories import person
from tests.support import SchoolDatabase


def test_the_administrator_of_a_new_school_runs_it(settings: Settings, database: SchoolDatabase) -> None:
    password = found(settings, "Школа № 5", "Шк 5", "ivanova")

    engine = make_engine(sqlalchemy_url(database.app_url))
    with transaction(engine, AUDITOR):
        actor = person(engine, "ivanova")
    engine.dispose()
    assert len(password) >= 12
    assert len(actor.whole_school_ids) == 1
    assert actor.may("can_write", "academic_year")
    assert not actor.may("can_read", "mark")


def test_a_name_or_login_that_is_taken_changes_nothing(settings: Settings, database: SchoolDatabase) -> None:
    found(settings, "Школа № 5", "Шк 5", "ivanova")

    for name, login in (("Школа № 5", "petrova"), ("Школа № 6", "ivanova")):
        with pytest.raises(Taken):
            found(settings, name, "Шк", login)

    with psycopg.connect(database.owner_url) as connection:
        counted = connection.execute("SELECT (SELECT count(*) FROM school), (SELECT count(*) FROM ab_user)").fetchone()
    assert counted == (1, 1)


def test_who_keeps_the_server_lets_the_first_administer_all_schools(
    settings: Settings, database: SchoolDatabase
) -> None:
    found(settings, "Школа № 5", "Шк 5", "ivanova")

    assert administer(settings, "IVANOVA ") is True
    assert administer(settings, "ivanova") is False
    with pytest.raises(NotThere):
        administer(settings, "nobody")

    engine = make_engine(sqlalchemy_url(database.app_url))
    actor = person(engine, "ivanova")
    engine.dispose()
    assert actor.sees_all_schools
    assert not actor.may("can_read", "mark")
    with psycopg.connect(database.owner_url) as connection:
        events = connection.execute("SELECT kind, changes FROM account_event").fetchall()
    assert events == [("roles_changed", {"roles": [[], ["administrator of all schools"]]})]


def test_a_name_that_is_too_long_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["found", "Ш" * 300]) == 1

    assert "1 to 200 characters" in capsys.readouterr().err
