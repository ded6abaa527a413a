"""The web process: gunicorn with threads, inside `python run.py web`."""

import gc
import signal
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from config import Settings
from launcher import guard


class OwnLog(Logger):
    """gunicorn's log goes the way of all others."""

    def setup(self, cfg: Any) -> None:
        self.loglevel = 20
        for log in (self.error_log, self.access_log):
            log.handlers[:] = []
            log.propagate = True
            log.setLevel(self.loglevel)


class Web(BaseApplication):
    """gthread: with `sync` workers two idle connections of a browser keep everybody else waiting for 30 s."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        for name, value in {
            "bind": f"{host}:{self.settings.port}",
            "worker_class": "gthread",
            "workers": self.settings.web_processes,
            "threads": self.settings.web_threads,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 5,
            "control_socket_disable": True,
            "logger_class": OwnLog,
            "post_fork": end_with_master,
            "post_worker_init": spare_the_collector,
            "child_exit": forget_metrics_of_dead,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from app.factory import create_app

        return create_app(self.settings)


def end_with_master(arbiter: Arbiter, worker: Worker) -> None:
    guard.end_with_parent(signal.SIGTERM, arbiter.pid)


def spare_the_collector(_: Worker) -> None:
    """What is loaded by now stays: the collector need not look at it in a request, nor at the end."""
    gc.collect()
    gc.freeze()


def forget_metrics_of_dead(arbiter: Arbiter, worker: Worker) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
