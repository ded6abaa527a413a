"""The embedded Redis (Valkey): queues, limits and caches; emptied at any moment, nothing is lost but time."""

import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import redis

from launcher import keys, processes
from launcher.binaries import redis_program
from launcher.identity import guarded
from launcher.logfiles import open_log


@dataclass(frozen=True)
class Redis:
    """Where one embedded server keeps what it needs; it listens on a socket in the folder `sockets` only."""

    var: Path
    sockets: Path

    @property
    def data(self) -> Path:
        return self.var / "redis"

    @property
    def url(self) -> str:
        return f"unix://{self.sockets / 'redis.sock'}"

    @property
    def stop_signal(self) -> signal.Signals:
        return signal.SIGTERM

    @property
    def log(self) -> Path:
        return self.var / "log" / "redis.log"

    @property
    def _note(self) -> Path:
        return self.var / "run" / "redis.pid"

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server as a child of this process, after ending one that an earlier start left behind."""
        self.end_left_behind()
        keys.own_folder(self.data)
        keys.own_folder(self._note.parent)
        (self.sockets / "redis.sock").unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.sockets / "redis.sock"),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self._note),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        words = [part for name, value in options.items() for part in (f"--{name}", value)]
        command = guarded(redis_program(), *words, at_parents_death=signal.SIGTERM)
        with open_log(self.log) as log:
            return subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0)

    def answers(self) -> bool:
        """Whether the server takes commands now."""
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def end_left_behind(self) -> None:
        """End a server of this folder that outlived its launcher."""
        orphan = processes.living(processes.pid_in(self._note), processes.works_in(self.data))
        if orphan is not None:
            processes.end(orphan, signal.SIGTERM, patience_seconds=10)
        self._note.unlink(missing_ok=True)
