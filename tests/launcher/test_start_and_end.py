"""`python run.py` at its beginning and its end."""

import os
import re
import shutil
import signal
import socket

import pytest

from tests.launcher.checkout import PATIENCE_SECONDS, Checkout


@pytest.fixture
def nobody_there(checkout: Checkout) -> Checkout:
    if checkout.launcher is not None and checkout.launcher.poll() is None:
        checkout.ask_for_the_end()
    checkout.launcher = None
    return checkout


def test_new_demo_password_takes_ctrl_c_ends_all_in_order_and_production_refuses_the_demo(nobody_there):
    if not (nobody_there.var / "postgres").exists():
        assert nobody_there.say("prepare").returncode == 0

    nobody_there.open(ZVONOK_DEMO_PASSWORD="another-password")

    nobody_there.wait_for(lambda: "password of each: another-password" in nobody_there.output)
    assert nobody_there.signs_in("teacher", "another-password") == 200

    os.killpg(nobody_there.launcher.pid, signal.SIGINT)
    assert nobody_there.launcher.wait(PATIENCE_SECONDS) == 0

    ended = re.findall(r'"event": "ended", "child": "(\w+)", "status": 0', nobody_there.output)
    assert ended == ["web", "clock", "worker", "gateway", "simulator", "redis", "postgres"]
    assert nobody_there.processes() == []
    assert not (nobody_there.var / "run" / "services.json").exists()
    assert not (nobody_there.var / "run" / "sockets").exists()

    refused = nobody_there.say(
        "prepare",
        ZVONOK_ENV="production",
        ZVONOK_SECRET_KEY="b8x-Tq1LzR0wPjv7KcYd2MhNf5sGaE9u",
        ZVONOK_BASE_URL="https://school.example",
    )
    assert refused.returncode == 1
    assert "the database has demo accounts: admin, authority" in refused.stderr


@pytest.mark.parametrize("moment", ["postgres.begun/PG_VERSION", "postgres/postmaster.pid", "run/services.json"])
def test_end_is_taken_at_any_moment_of_a_first_start(nobody_there, moment):
    first = nobody_there.folder / "var of a first start"
    nobody_there.start(ZVONOK_VAR=str(first))
    nobody_there.wait_for((first / moment).exists)

    assert nobody_there.ask_for_the_end() == 0

    assert nobody_there.processes() == []
    shutil.rmtree(first)


@pytest.mark.parametrize("setting", ["ZVONOK_PORT", "ZVONOK_SIMULATOR_PORT", "ZVONOK_SIMULATOR_HTTP_PORT"])
def test_taken_port_is_told_with_its_setting(nobody_there, setting):
    port = nobody_there.changes[setting]

    with socket.create_server(("127.0.0.1", int(port))):
        taken = nobody_there.say()

    assert taken.returncode == 1
    assert taken.stderr == (
        f"Zvonok cannot start: port {port} of 127.0.0.1 is taken by another program. Set {setting} to another.\n"
    )


def test_backup_is_restored_in_place_of_everything(nobody_there):
    file = nobody_there.folder.parent / "school.backup"
    if not (nobody_there.var / "postgres").exists():
        assert nobody_there.say("prepare").returncode == 0
    taken = nobody_there.say("backup", str(file))
    assert taken.returncode == 0, taken.stderr

    assert "not empty" in nobody_there.say("restore", str(file)).stderr
    restored = nobody_there.say("restore", str(file), "--replace")
    assert restored.returncode == 0, restored.stderr

    assert nobody_there.say("ledger", "verify").returncode == 0
