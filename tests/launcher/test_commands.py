"""The command line, as a person meets it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import config
from launcher import commands, running
from launcher.errors import CannotStart
from launcher.lock import only_one
from launcher.running import Services
from launcher.sockets import socket_folder


def run_py(*words: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZVONOK_")}
    return subprocess.run(
        [sys.executable, "run.py", *words], cwd=config.ROOT, env=environment | changes, capture_output=True, text=True
    )


def test_help_tells_all_commands():
    answer = run_py("--help")

    assert answer.returncode == 0
    for command in (
        *("web", "worker", "clock", "gateway", "simulator"),
        *("check", "migrate", "seed", "backup", "restore", "ledger"),
    ):
        assert f"\n    {command}" in answer.stdout


def test_wrong_setting_is_named_and_nothing_starts(tmp_path):
    answer = run_py(ZVONOK_PORT="99999", ZVONOK_VAR=str(tmp_path / "var"))

    assert answer.returncode == 2
    assert answer.stderr == "ZVONOK_PORT: takes a port number from 1 to 65535, not “99999”\n"
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("command", ["web", "worker", "clock", "gateway"])
def test_process_without_servers_says_what_is_missing(command, tmp_path):
    answer = run_py(command, ZVONOK_VAR=str(tmp_path / "var"))

    assert answer.returncode == 1
    assert answer.stderr == "There is no database: start `python run.py`, or set ZVONOK_DATABASE_URL.\n"


def test_check_without_servers_fails_in_words(tmp_path):
    answer = run_py("check", ZVONOK_VAR=str(tmp_path / "var"))

    assert answer.returncode == 1
    assert answer.stdout.startswith("FAIL  servers: There is no database")


def test_database_that_does_not_answer_is_told_without_its_password(tmp_path):
    answer = run_py(
        "migrate",
        ZVONOK_VAR=str(tmp_path / "var"),
        ZVONOK_DATABASE_URL="postgresql://owner:hidden-word@127.0.0.1:1/school",
    )

    assert answer.returncode == 1
    assert "The database does not answer" in answer.stderr
    assert "hidden-word" not in answer.stdout + answer.stderr


@pytest.mark.parametrize("which", [("--demo",), ("--years", "1")])
def test_schools_with_demo_accounts_are_not_for_production(tmp_path, which):
    answer = run_py(
        *("seed", *which),
        ZVONOK_ENV="production",
        ZVONOK_SECRET_KEY="k" * 32,
        ZVONOK_BASE_URL="https://school.example",
        ZVONOK_VAR=str(tmp_path / "var"),
    )

    assert answer.returncode == 1
    assert "no demo accounts" in answer.stderr


def test_restore_waits_until_zvonok_is_stopped(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ZVONOK_VAR", str(tmp_path / "var"))

    with only_one(tmp_path / "var"):
        assert commands.main(["restore", str(tmp_path / "file")]) == 1

    assert "stop it first" in capsys.readouterr().err


@pytest.fixture
def settings_here(tmp_path: Path) -> config.Settings:
    return config.load({"ZVONOK_VAR": str(tmp_path / "var")})


def test_command_finds_the_servers_of_the_running_launcher(settings_here):
    with only_one(settings_here.var):
        Services("postgresql:///owner", "postgresql:///app", "unix:///redis").publish(settings_here.var)

        complete = running.for_one_process(settings_here)

    assert complete.database_url is None
    assert (complete.database_app_url, complete.redis_url) == ("postgresql:///app", "unix:///redis")
    assert (settings_here.var / "run" / "services.json").stat().st_mode & 0o777 == 0o600


def test_note_of_a_dead_launcher_is_not_believed(settings_here):
    Services("postgresql:///owner", "postgresql:///app", "unix:///redis").publish(settings_here.var)

    with pytest.raises(CannotStart, match="There is no database"):
        running.for_one_process(settings_here)


def test_secrets_are_made_once(settings_here):
    first, second = running.with_secrets(settings_here), running.with_secrets(settings_here)

    assert len(first.secret_key) >= 32
    assert first == second
    for name in ("key", "demo-password"):
        assert (settings_here.var / "secret" / name).stat().st_mode & 0o777 == 0o600


def test_given_secrets_are_taken(settings_here, tmp_path):
    given = config.load({"ZVONOK_SECRET_KEY": "k" * 32, "ZVONOK_DEMO_PASSWORD": "mine", "ZVONOK_VAR": str(tmp_path)})

    complete = running.with_secrets(given)

    assert (complete.secret_key, complete.demo_password) == ("k" * 32, "mine")


def test_task_without_a_launcher_runs_the_embedded_server_for_its_time(settings_here):
    with running.for_the_owner(settings_here) as complete:
        assert complete.database_url is not None
        with pytest.raises(CannotStart, match="already running"), running.for_the_owner(settings_here):
            pass

    with running.for_the_owner(settings_here) as again:
        assert again.secret_key == complete.secret_key


@pytest.mark.parametrize("words", [(), ("migrate",), ("backup", "file"), ("seed",)])
def test_application_s_address_without_the_owner_s_opens_no_other_database(words, tmp_path):
    answer = run_py(
        *words, ZVONOK_VAR=str(tmp_path / "var"), ZVONOK_DATABASE_APP_URL="postgresql://app:word@127.0.0.1:1/school"
    )

    assert answer.returncode == 1
    assert "this needs the owner of the tables too" in answer.stderr
    assert not (tmp_path / "var" / "postgres").exists()


def test_chains_are_walked_by_the_application_s_address_alone(database, settings, tmp_path):
    answer = run_py(
        *("ledger", "verify"),
        ZVONOK_VAR=str(tmp_path / "var"),
        ZVONOK_DATABASE_APP_URL=database.app_url,
        ZVONOK_SECRET_KEY=settings.secret_key,
    )

    assert answer.stdout == "Every chain of revisions is whole.\n", answer.stderr


def test_sockets_lie_in_a_short_folder_wherever_temporary_files_are(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("Школа № 1 " * 8)))

    with socket_folder() as folder:
        assert len(os.fsencode(folder)) < 80
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
