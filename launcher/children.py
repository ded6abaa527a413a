"""The Python processes of a school: how they are started, and what each is told by its environment."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil

from config import ROOT, Settings
from launcher import guard, processes
from launcher.keys import own_folder

NAMES = ("simulator", "gateway", "worker", "clock", "web")  # in the order of their start
LAUNCHER = "ZVONOK_LAUNCHER"  # the launcher's process number, for its children only


def environment(settings: Settings, metrics: Path) -> dict[str, str]:
    """What children get besides our own environment: complete settings, without the owner of the database."""
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        LAUNCHER: str(os.getpid()),
        "ZVONOK_DATABASE_URL": "",
        "ZVONOK_DATABASE_APP_URL": settings.database_app_url or "",
        "ZVONOK_REDIS_URL": settings.redis_url or "",
        "ZVONOK_SECRET_KEY": settings.secret_key,
        "ZVONOK_DEMO_PASSWORD": settings.demo_password,
        "ZVONOK_VAR": str(settings.var),
    }


def start(name: str, environment: dict[str, str], var: Path) -> "subprocess.Popen[bytes]":
    """Start `python run.py NAME` in our own process group, with our own output."""
    process = subprocess.Popen([sys.executable, "run.py", name], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    (own_folder(var / "run") / f"{name}.pid").write_text(f"{process.pid}\n", encoding="utf-8")
    return process


def end_left_behind(var: Path) -> None:
    """End the children of a launcher that was killed, where the system has not told them."""
    for name in reversed(NAMES):
        note = var / "run" / f"{name}.pid"
        orphan = processes.living(processes.pid_in(note), partial(_is_ours, name))
        if orphan is not None:
            processes.end(orphan, signal.SIGTERM, patience_seconds=10)
        note.unlink(missing_ok=True)


def _is_ours(name: str, process: psutil.Process) -> bool:
    return process.cmdline()[-2:] == ["run.py", name] and process.cwd() == str(ROOT)


def behave_as_child() -> None:
    """Leave Ctrl-C to the launcher, which ends us in its order, and end when the launcher is killed."""
    launcher = os.environ.get(LAUNCHER, "")
    if launcher != str(os.getppid()):
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    guard.end_with_parent(signal.SIGTERM, int(launcher))
