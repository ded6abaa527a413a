"""`python run.py web`, `worker`, `clock`, `gateway`, `simulator`: one process, under the launcher or alone."""

import argparse
import gc
import os
from collections.abc import Callable

from config import Settings
from launcher import children, demo, running
from launcher.keys import own_folder
from launcher.lock import is_held
from launcher.metrics import clear_metrics

SAYS = {
    "web": "the pages and the API",
    "worker": "the jobs: composing, digests, replies, imports, reports",
    "clock": "what happens at its time",
    "gateway": "the way to and from the SMSC",
    "simulator": "an SMSC with phones, for the demo and for tests",
}


def run(settings: Settings, given: argparse.Namespace) -> int:
    """Block until the process is asked to end."""
    children.behave_as_child()
    name: str = given.command
    if name != "simulator":
        settings = running.for_one_process(settings)
    if name == "web":
        demo.refuse_in_production(settings)
    _keep_metrics(settings, name)
    _START[name](settings)
    return 0


def _keep_metrics(settings: Settings, name: str) -> None:
    """Processes of one machine put their figures into one folder, where /metrics of the web finds them."""
    folder = settings.var / "run" / "metrics"
    if name == "web" and not is_held(settings.var):
        clear_metrics(folder)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(own_folder(folder))


def _web(settings: Settings) -> None:
    import app.factory  # noqa: F401  (loaded once, before gunicorn forks its workers)
    from launcher.web import Web

    gc.freeze()
    Web(settings).run()


def _worker(settings: Settings) -> None:
    from workers.main import run_worker

    run_worker(settings)


def _clock(settings: Settings) -> None:
    from workers.clock import run_clock

    run_clock(settings)


def _gateway(settings: Settings) -> None:
    from sms_gateway.main import run_gateway

    run_gateway(settings)


def _simulator(settings: Settings) -> None:
    from sms_gateway.simulator.main import run_simulator

    run_simulator(settings)


_START: dict[str, Callable[[Settings], None]] = {
    "web": _web,
    "worker": _worker,
    "clock": _clock,
    "gateway": _gateway,
    "simulator": _simulator,
}
