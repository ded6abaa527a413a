"""`python run.py` while the school is open: what it tells, and how it bears every kill."""

import os
import re

import psutil
import pytest

from tests.launcher.checkout import PARTS, PYTHON_CHILDREN, Checkout


@pytest.fixture
def school(checkout: Checkout) -> Checkout:
    """The checkout with its school open; opened once, and again where a test has ended it."""
    if checkout.launcher is None or checkout.launcher.poll() is not None:
        checkout.open()
    checkout.wait_for(lambda: checkout.healthz() == 200)
    return checkout


def test_tells_address_accounts_and_password(school):
    assert f"Zvonok is open: http://127.0.0.1:{school.changes['ZVONOK_PORT']}\n" in school.output
    password = re.search(r"Demo accounts, password of each: (\S+)", school.output)[1]
    assert password == (school.var / "secret" / "demo-password").read_text().strip()
    for account in ("admin", "operator", "teacher", "parent2", "student"):
        assert re.search(rf"^  {account} +\w", school.output, re.MULTILINE)
    assert school.healthz() == 200


def test_children_have_the_promised_command_lines_and_groups(school):
    children = school.children()

    assert set(children) == {*PYTHON_CHILDREN, "postgres", "valkey-server"}
    for name, process in children.items():
        expected = school.launcher.pid if name in PYTHON_CHILDREN else process.pid
        assert os.getpgid(process.pid) == expected


def test_parent_folders_keep_their_rights_and_state_is_private(school):
    assert school.folder.parent.stat().st_mode & 0o777 == 0o700
    assert school.var.stat().st_mode & 0o777 == 0o700
    assert sorted(place.name for place in school.folder.iterdir()) == sorted([*PARTS, "var"])


def test_children_do_not_know_the_owner_of_the_database(school):
    for name in PYTHON_CHILDREN:
        environment = school.children()[name].environ()
        assert environment["ZVONOK_DATABASE_URL"] == ""
        assert "zvonok_app:" in environment["ZVONOK_DATABASE_APP_URL"]


def test_second_start_on_the_same_folder_is_refused(school):
    answer = school.say()

    assert answer.returncode == 1
    assert f"already running on {school.var} (process {school.launcher.pid})" in answer.stderr
    assert school.healthz() == 200


def test_commands_beside_it_find_its_servers(school):
    assert "ok    database: PostgreSQL 18" in school.say("check").stdout
    assert school.say("ledger", "verify").stdout == "Every chain of revisions is whole.\n"


def test_whoever_dies_is_started_again_and_the_log_says_so(school):
    before = school.children()
    for name in ("worker", "valkey-server", "postgres", "web"):
        before[name].kill()

    school.wait_for(lambda: {*before} == {*school.children()} and school.healthz() == 200)

    for name in ("worker", "redis", "postgres", "web"):
        assert re.search(rf"died, is started again.*\"child\": \"{name}\"", school.output)
    assert school.schools() == 1


def test_kill_of_everything_is_recovered_from(school):
    for process in [psutil.Process(school.launcher.pid), *school.processes()]:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    school.launcher.wait()

    school.open()

    assert school.schools() == 1
    assert school.healthz() == 200


def test_kill_of_the_launcher_alone_is_recovered_from(school):
    before = set(school.processes())
    school.launcher.kill()
    school.launcher.wait()

    school.open()

    assert not before & set(school.processes())
    assert school.healthz() == 200
