"""The embedded PostgreSQL: one server for one folder of data, only reachable from this machine."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg

from launcher import keys, processes
from launcher.binaries import postgres_program
from launcher.errors import CannotStart
from launcher.identity import guarded, postgres_identity
from launcher.logfiles import open_log

OWNER = "zvonok_owner"
DATABASE = "zvonok"
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_statement": "none",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "jit": "off",
}
_INITDB = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=scram-sha-256",
    f"--username={OWNER}",
    "--no-instructions",
)
Wait = Callable[["subprocess.Popen[bytes]"], int]


def _wait(process: "subprocess.Popen[bytes]") -> int:
    return process.wait()


@dataclass(frozen=True)
class Postgres:
    """Where one embedded server keeps what it needs; `var` is the folder of all state."""

    var: Path
    sockets: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.var / "postgres"

    @property
    def log(self) -> Path:
        return self.var / "log" / "postgres.log"

    def url(self, database: str = DATABASE) -> str:
        """The owner's address of a database; the owner is a superuser here."""
        secret = quote(keys.kept(self.var / "secret", "database-owner"), safe="")
        return f"postgresql://{OWNER}:{secret}@/{database}?{urlencode({'host': str(self.sockets)})}"

    @property
    def stop_signal(self) -> signal.Signals:
        return signal.SIGINT  # SIGTERM would wait until every client is gone

    def create(self, wait: Wait = _wait, *, sync: bool = True) -> None:
        """Make the folder of data where there is none; one that was begun and broken off is made anew."""
        if self.data.exists():
            return
        begun = self.data.with_suffix(".begun")
        if begun.exists():
            shutil.rmtree(begun)
        keys.own_folder(self.var)
        keys.kept(self.var / "secret", "database-owner")
        password = self.var / "secret" / "database-owner"
        command = guarded(
            postgres_program("initdb"),
            *(f"--pgdata={begun}", f"--pwfile={password}", *_INITDB, *(() if sync else ("--no-sync",))),
            identity=postgres_identity(self.data),
            at_parents_death=signal.SIGKILL,
        )
        if wait(self._start(command)) != 0:
            raise CannotStart(f"The embedded PostgreSQL could not make its folder of data; see {self.log}.")
        begun.rename(self.data)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server as a child of this process, after ending one that an earlier start left behind."""
        self.end_left_behind()
        identity = postgres_identity(self.data)
        if os.geteuid() == 0 and identity != "namespace":
            uid, _, gid = identity.partition(":")
            os.chown(self.sockets, int(uid), int(gid))
        options = [part for name, value in {**SETTINGS, **self.settings}.items() for part in ("-c", f"{name}={value}")]
        place = ("-D", str(self.data), "-k", str(self.sockets))
        return self._start(
            guarded(postgres_program("postgres"), *place, *options, identity=identity, at_parents_death=signal.SIGINT)
        )

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self, name: str = DATABASE) -> None:
        """Make the database where the server has none of this name."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if found is None:
                connection.execute(f'CREATE DATABASE "{name}"'.encode())

    def end_left_behind(self) -> None:
        """End a server of this folder that outlived its launcher; forget the note of one that is dead."""
        note = self.data / "postmaster.pid"
        orphan = processes.living(processes.pid_in(note), processes.works_in(self.data))
        if orphan is not None:
            processes.end(orphan, signal.SIGINT, patience_seconds=20)
        note.unlink(missing_ok=True)

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        environment["LC_ALL"] = "C"
        with open_log(self.log) as log:
            return subprocess.Popen(
                command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
            )
