"""A worker that dies in the middle of an import leaves nothing of it, and the next one makes it whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from app.services.imports.runs import MOST_TRIES, new_run
from app.session.engine import transaction
from config import Settings
from tests.factories import MadeSchool, person
from tests.imports.desk import a_row, a_workbook
from workers.imports import run_import, sweep_imports

ROOT = Path(__file__).resolve().parents[2]


def an_import(engine: Engine, made: MadeSchool) -> int:
    """An import that was checked, and that somebody has told to be applied; its id."""
    secretary, content = person(engine, "secretary"), a_workbook(a_row())
    with transaction(engine, secretary) as session:
        run_id = new_run(session, secretary, made.school.id, "families", ("5А.xlsx", content), "ru")
    run_import(run_id)
    return run_id


def ask(settings: Settings, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(str(settings.database_url)) as connection:
        return connection.execute(question).fetchall()  # type: ignore[arg-type]


def test_a_killed_worker_leaves_nothing_and_the_next_finishes(
    engine: Engine, made: MadeSchool, working: Settings
) -> None:
    run_id = an_import(engine, made)
    ask(working, "UPDATE import_run SET state = 'applying' RETURNING id")
    before = ask(working, "SELECT count(*), max(number) FROM revision")
    environment = {
        "ZVONOK_VAR": str(working.var),
        "ZVONOK_DATABASE_URL": str(working.database_url),
        "ZVONOK_DATABASE_APP_URL": str(working.database_app_url),
        "ZVONOK_SECRET_KEY": str(working.secret_key),
    }

    died = subprocess.run(
        [sys.executable, "-m", "tests.workers.dying_import", str(run_id)],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )

    assert died.returncode == -signal.SIGKILL
    assert ask(working, "SELECT count(*), max(number) FROM revision") == before
    assert ask(working, "SELECT state FROM import_run") == [("applying",)]
    ask(working, "UPDATE import_run SET changed_at = changed_at - interval '2 minutes' RETURNING id")
    sweep_imports()
    assert ask(working, "SELECT state FROM import_run") == [("applied",)]
    assert ask(working, "SELECT count(*) FROM student WHERE surname = 'Новиков'") == [(1,)]


def test_a_step_at_which_workers_die_each_time_is_given_up(engine: Engine, made: MadeSchool, working: Settings) -> None:
    run_id = an_import(engine, made)
    ask(working, f"UPDATE import_run SET state = 'applying', tries = {MOST_TRIES} RETURNING id")

    run_import(run_id)

    assert ask(working, "SELECT state, found ->> 'stopped' FROM import_run") == [("checked", "import.failed")]


def test_a_job_that_comes_twice_applies_once(engine: Engine, made: MadeSchool, working: Settings) -> None:
    run_id = an_import(engine, made)
    ask(working, "UPDATE import_run SET state = 'applying' RETURNING id")

    run_import(run_id)
    run_import(run_id)

    assert ask(working, "SELECT count(*) FROM student WHERE surname = 'Новиков'") == [(1,)]


def test_a_dry_run_waits_for_nobody_and_nobody_for_it(engine: Engine, made: MadeSchool, working: Settings) -> None:
    with psycopg.connect(str(working.database_url)) as other:
        other.execute("SET idle_in_transaction_session_timeout = '5s'")  # where it waits all the same, this fails
        other.execute("SELECT number FROM chain_head FOR UPDATE")

        an_import(engine, made)

        assert other.execute("SELECT state FROM import_run").fetchall() == [("checked",)]


def test_a_second_worker_at_the_same_step_is_no_failed_try(engine: Engine, made: MadeSchool, working: Settings) -> None:
    run_id = an_import(engine, made)
    ask(working, "UPDATE import_run SET state = 'applying', tries = 0 RETURNING id")
    with psycopg.connect(str(working.database_url)) as first:
        first.execute("SELECT pg_advisory_xact_lock(7301, %s)", [run_id])

        run_import(run_id)

        assert first.execute("SELECT state, tries FROM import_run").fetchall() == [("applying", 0)]
