"""The simulator's process: SMPP on one port, HTTP on another, both on this machine only."""

import asyncio
import signal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import structlog

from config import Settings
from sms_gateway.simulator.http import Http
from sms_gateway.simulator.phones import Phones
from sms_gateway.simulator.session import Session
from sms_gateway.simulator.smsc import Smsc

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
SAVE_SECONDS = 2.0


class Simulator:
    """A running SMSC; port 0 takes a free one, `smpp_port` and `http_port` say which."""

    def __init__(self, smpp_port: int, http_port: int, file: Path | None = None, reply_to: str = "79000000000") -> None:
        self.smpp_port = smpp_port
        self.http_port = http_port
        self.smsc = Smsc(Phones(file))
        self._reply_to = reply_to
        self._leaving = asyncio.Event()
        self.is_listening = asyncio.Event()

    def leave(self) -> None:
        self._leaving.set()

    async def run(self) -> None:
        """Until `leave`."""
        loop = asyncio.get_running_loop()
        smpp = await loop.create_server(lambda: Session(self.smsc), HOST, self.smpp_port)
        http = await asyncio.start_server(Http(self.smsc, self._reply_to).serve, HOST, self.http_port)
        self.smpp_port = smpp.sockets[0].getsockname()[1]
        self.http_port = http.sockets[0].getsockname()[1]
        self.is_listening.set()
        log.info("listens", smpp_port=self.smpp_port, http_port=self.http_port)
        try:
            while not self._leaving.is_set():
                self.smsc.phones.save()
                try:
                    await asyncio.wait_for(self._leaving.wait(), SAVE_SECONDS)
                except TimeoutError:
                    continue
        finally:
            smpp.close()
            http.close()
            for session in list(self.smsc.sessions):
                session.close()
            self.smsc.phones.save()


def run_simulator(settings: Settings) -> None:
    """Be an SMSC until SIGTERM or SIGINT."""
    asyncio.run(_until_asked_to_end(settings))


async def _until_asked_to_end(settings: Settings) -> None:
    query = parse_qs(urlsplit(settings.effective_smsc_url or "").query)
    simulator = Simulator(
        settings.simulator_port,
        settings.simulator_http_port,
        settings.var / "simulator.json",
        query.get("reply_to", ["79000000000"])[-1],
    )
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, simulator.leave)
    await simulator.run()
