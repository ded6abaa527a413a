"""The embedded PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from launcher import guard, identity
from launcher.errors import CannotStart, StopRequested
from launcher.postgres import Postgres
from launcher.serving import end, serving, wait_until_it_answers


def mode(place: Path) -> int:
    return place.stat().st_mode & 0o777


def test_runs_in_a_closed_folder_with_a_space_and_cyrillic(postgres, school_folder):
    parents = [school_folder, *school_folder.parents]
    before = {parent: (mode(parent), parent.stat().st_uid) for parent in parents}

    with serving(postgres), psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SELECT upper('ёлка'), 'ЁЛКА' ILIKE 'ёлка'").fetchone() == ("ЁЛКА", True)
        stems = connection.execute("SELECT to_tsvector('russian', 'Школьные уроки')::text").fetchone()
        assert stems == ("'урок':2 'школьн':1",)

    assert {parent: (mode(parent), parent.stat().st_uid) for parent in parents} == before
    assert mode(postgres.data) == 0o700
    assert mode(postgres.var / "secret" / "database-owner") == 0o600


def test_never_runs_as_root(postgres):
    with serving(postgres) as process:
        assert psutil.Process(process.pid).uids().effective != 0


def test_takes_no_wrong_password_and_no_network(postgres):
    with serving(postgres), psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SELECT current_setting('listen_addresses')").fetchone() == ("",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(postgres.url("postgres"), password="wrong")


def test_acknowledged_rows_survive_a_kill(postgres):
    with serving(postgres) as process, psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE mark (value int)")
        connection.execute("INSERT INTO mark SELECT generate_series(1, 500)")
        process.kill()
        process.wait()

    assert rows_after_restart(postgres) == (500,)


def rows_after_restart(server: Postgres) -> tuple[int]:
    deadline = time.monotonic() + 10
    while True:  # processes of the killed server may hold its memory for a moment
        process = server.start()
        try:
            wait_until_it_answers(server, process)
        except CannotStart:
            if time.monotonic() > deadline:
                raise
            continue
        with psycopg.connect(server.url("postgres")) as connection:
            found = connection.execute("SELECT count(*) FROM mark").fetchone()
        end(process, signal.SIGINT)
        return found


def test_one_that_outlived_its_launcher_is_ended_first(postgres):
    with serving(postgres) as orphan, serving(postgres):
        assert orphan.wait(20) == 0


def test_note_of_a_dead_server_with_a_number_given_out_again_is_forgotten(postgres):
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n", encoding="utf-8")

    with serving(postgres):
        assert postgres.answers()


def test_creation_that_was_broken_off_is_begun_anew(school_folder, sockets):
    server = Postgres(school_folder / "var", sockets)

    def break_off(process: "subprocess.Popen[bytes]") -> int:
        while not (server.var / "postgres.begun" / "PG_VERSION").exists():
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise StopRequested

    with pytest.raises(StopRequested):
        server.create(break_off)
    assert not server.data.exists()

    server.create(sync=False)
    with serving(server):
        assert server.answers()


def test_ends_with_the_process_that_started_it(postgres):
    words = (
        "import sys; from pathlib import Path; from launcher.postgres import Postgres;"
        "print(Postgres(Path(sys.argv[1]), Path(sys.argv[2])).start().pid, flush=True); sys.stdin.read()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", words, str(postgres.var), str(postgres.sockets)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    server = psutil.Process(int(starter.stdout.readline()))
    starter.kill()
    starter.communicate()

    psutil.wait_procs([server], timeout=20)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_root_runs_it_as_the_owner_of_an_earlier_data_folder(tmp_path):
    data = tmp_path / "postgres"
    data.mkdir()
    os.chown(data, 1234, 1235)

    assert identity.postgres_identity(data) == "1234:1235"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may become the owner")
def test_data_of_another_account_are_refused_in_words():
    with pytest.raises(CannotStart, match="belong to account 0"):
        identity.postgres_identity(Path("/etc"))


@pytest.mark.skipif(os.geteuid() != 0, reason="root's second way")
def test_user_namespace_serves_where_the_capability_is_not_ours(school_folder, sockets, monkeypatch):
    monkeypatch.setattr(identity, "postgres_identity", lambda data: "namespace")
    monkeypatch.setattr("launcher.postgres.postgres_identity", lambda data: "namespace")
    if not identity.works("namespace"):
        pytest.skip("this machine allows no user namespaces")
    server = Postgres(school_folder / "var", sockets)
    server.create(sync=False)

    with serving(server) as process:
        assert psutil.Process(process.pid).uids().effective == 0  # root outside, nobody inside
    assert server.data.stat().st_uid == 0


def test_no_way_round_is_said_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(identity, "works", lambda way: False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with pytest.raises(CannotStart, match="Start as an ordinary user, or set ZVONOK_DATABASE_URL"):
        identity.postgres_identity(tmp_path / "postgres")


def test_guard_refuses_to_outlive_a_parent_that_is_gone():
    command = [sys.executable, "-I", "-S", guard.__file__, str(int(signal.SIGTERM)), "1", "same", "/bin/true"]

    answer = subprocess.run(command, capture_output=True, text=True)

    assert answer.returncode == 1
    assert "is gone" in answer.stderr
