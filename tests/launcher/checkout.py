"""A checkout as a school may have it, in which tests start, kill and end everything."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import psutil
import psycopg

from launcher.running import Services

PARTS = ("run.py", "config.py", "launcher", "app", "workers", "sms_gateway", "seeds")
PATIENCE_SECONDS = 120
PYTHON_CHILDREN = {"simulator", "gateway", "worker", "clock", "web"}


@dataclass
class Checkout:
    """A checkout in a folder with a space and Cyrillic letters, under one that only this account may enter."""

    folder: Path
    changes: dict[str, str] = field(default_factory=dict)
    launcher: "subprocess.Popen[bytes] | None" = None

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def output(self) -> str:
        return (self.folder.parent / "output").read_text(encoding="utf-8")

    def environment(self, **changes: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("ZVONOK_")}
        return {**own, **self.changes, **changes}

    def start(self, **changes: str) -> "subprocess.Popen[bytes]":
        with (self.folder.parent / "output").open("wb") as output:
            self.launcher = subprocess.Popen(
                [sys.executable, "run.py"],
                cwd=self.folder,
                env=self.environment(**changes),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return self.launcher

    def say(self, *words: str, **changes: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "run.py", *words]
        return subprocess.run(command, cwd=self.folder, env=self.environment(**changes), capture_output=True, text=True)

    def wait_for(self, happened: Callable[[], object]) -> None:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert self.launcher is None or self.launcher.poll() is None, self.output[-4000:]
            assert time.monotonic() < give_up_at, self.output[-4000:]
            time.sleep(0.05)

    def open(self, **changes: str) -> None:
        self.start(**changes)
        self.wait_for(lambda: "Zvonok is open" in self.output)

    def ask_for_the_end(self) -> int:
        self.launcher.terminate()
        return self.launcher.wait(PATIENCE_SECONDS)

    def processes(self) -> list[psutil.Process]:
        """All that works in this checkout or on its data."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(str(self.folder)):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def children(self) -> dict[str, psutil.Process]:
        """The launcher's own children by name."""
        found = {}
        for process in psutil.Process(self.launcher.pid).children():
            try:
                words = process.cmdline()
                found[words[-1] if words[-2:-1] == ["run.py"] else process.name()] = process
            except (psutil.Error, IndexError):  # has died and is not taken note of yet
                continue
        return found

    def healthz(self) -> int:
        return self.ask("GET", "/healthz")

    def signs_in(self, login: str, password: str) -> int:
        given = {"username": login, "password": password, "provider": "db"}
        return self.ask("POST", "/api/v1/security/login", json.dumps(given))

    def ask(self, method: str, path: str, body: str | None = None) -> int:
        """The status of the web's answer; 0 where nobody answers."""
        connection = HTTPConnection("127.0.0.1", int(self.changes["ZVONOK_PORT"]), timeout=10)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def schools(self) -> int:
        running = Services.of_running_launcher(self.var)
        with psycopg.connect(running.database_url) as connection:
            return connection.execute("SELECT count(*) FROM school").fetchone()[0]
