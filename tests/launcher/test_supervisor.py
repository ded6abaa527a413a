"""Children are kept alive, and end in order."""

import os
import signal
import subprocess
import sys
import time

import pytest

from launcher import supervisor
from launcher.attention import Attention
from launcher.errors import StopRequested
from launcher.supervisor import Child, Supervisor

WAITS = "import signal; signal.sigwait([signal.SIGTERM])"
IS_STUBBORN = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); signal.pause()"


@pytest.fixture
def attention():
    with Attention() as paying:
        yield paying


def python(words: str) -> "subprocess.Popen[bytes]":
    # SIGTERM is blocked from the first moment on, so that sigwait finds it however early it comes.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        return subprocess.Popen([sys.executable, "-c", words])
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def child(name: str, words: str = WAITS, **changes: object) -> Child:
    return Child(name, lambda: python(words), **changes)


def look_after_until(watching: Supervisor, happened, seconds: float = 10) -> None:
    give_up_at = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < give_up_at
        watching.look_after(1)


def test_who_dies_is_started_again(attention, monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.0)
    watching = Supervisor(attention)
    worker = child("worker", pause_seconds=0.01)
    first = watching.start(worker)

    first.kill()
    look_after_until(watching, lambda: worker.process not in (None, first))

    assert worker.process.pid != first.pid
    watching.end_all()


def test_pause_grows_while_it_dies_at_once_and_shrinks_when_it_lives(attention):
    worker = child("worker", "pass")
    worker.start().wait()

    pauses = []
    for _ in range(8):
        worker.note_death()
        pauses.append(worker.due_at - time.monotonic())
        worker.start().wait()

    assert [round(pause, 1) for pause in pauses] == [0.5, 1, 2, 4, 5, 5, 5, 5]

    worker.started_at -= supervisor.STEADY_SECONDS
    worker.note_death()
    assert round(worker.due_at - time.monotonic(), 1) == 0.5


def test_one_that_cannot_be_started_is_tried_again(attention):
    watching = Supervisor(attention)
    tries = []

    def fail_twice() -> "subprocess.Popen[bytes]":
        tries.append(1)
        if len(tries) in (2, 3):
            raise OSError("too many processes")
        return python(WAITS)

    worker = Child("worker", fail_twice, pause_seconds=0.01)
    watching.start(worker).kill()
    look_after_until(watching, lambda: len(tries) == 4)

    watching.end_all()


def test_all_end_in_the_opposite_order_of_their_start(attention, tmp_path):
    watching = Supervisor(attention)
    for name in ("postgres", "gateway", "web"):
        watching.start(child(name, f"{WAITS}; open({str(tmp_path / 'ended')!r}, 'a').write('{name} ')"))
    processes = [one.process for one in watching.children]

    watching.end_all()

    assert (tmp_path / "ended").read_text() == "web gateway postgres "
    assert [process.returncode for process in processes] == [0, 0, 0]


def test_who_does_not_end_in_time_is_killed(attention):
    stubborn = child("worker", IS_STUBBORN, patience_seconds=0.05)
    process = stubborn.start()
    attention.is_ending = True

    stubborn.end(attention)

    assert process.returncode == -signal.SIGKILL


def test_asking_again_later_kills_who_still_works_but_not_the_database(attention, monkeypatch):
    monkeypatch.setattr("launcher.attention._SAME_WISH_SECONDS", 0.0)
    stubborn, database = child("worker", IS_STUBBORN), child("postgres", may_be_hurried=False)
    killed, ended = stubborn.start(), database.start()
    os.kill(os.getpid(), signal.SIGINT)
    attention.is_ending = True
    os.kill(os.getpid(), signal.SIGINT)

    stubborn.end(attention)
    database.end(attention)

    assert killed.returncode == -signal.SIGKILL
    assert ended.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_step_is_broken_off_by_a_signal(attention, number):
    step = python(f"import os, signal; os.kill(os.getppid(), {int(number)}); signal.pause()")

    with pytest.raises(StopRequested):
        attention.wait(step)

    assert step.returncode == -signal.SIGKILL


def test_one_wish_that_comes_twice_is_one(attention):
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(StopRequested):
        attention.pause(5)
    assert not attention.is_in_a_hurry


def test_pause_ends_at_once_when_a_child_ends(attention):
    step = python("pass")
    started = time.monotonic()

    while step.poll() is None:
        attention.pause(60)

    assert time.monotonic() - started < 30
