"""Kannel's bearerbox and smsbox on ports of their own, as a client of an SMSC, with a door for HTTP."""

import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from launcher.ports import free_ports
from tests.sms_gateway.support import eventually

CONFIGURATION = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = unused
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
dlr-storage = internal

{binds}
group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {boxes}
sendsms-port = {http}
sendsms-interface = 127.0.0.1
mo-recode = true

group = sendsms-user
username = school
password = school
max-messages = 10
concatenation = true

group = sms-service
keyword = default
get-url = "http://127.0.0.1:{told}/inbound?phone=%p&to=%P&text=%a&charset=%C"
max-messages = 0
catch-all = true
"""

BIND = """
group = smsc
smsc = smpp
smsc-id = school
host = 127.0.0.1
{way}
smsc-username = kannel
smsc-password = kannel
system-type = ""
interface-version = 34
source-addr-ton = 5
source-addr-npi = 0
dest-addr-ton = 1
dest-addr-npi = 1
msg-id-type = {ids}
enquire-link-interval = 1
reconnect-delay = 1
"""


class Told:
    """Hears what smsbox tells by HTTP: receipts and texts from phones."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        calls = self.calls

        class Ear(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                calls.append((path, dict(urllib.parse.parse_qsl(query, keep_blank_values=True))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def all(self, path: str) -> list[dict[str, str]]:
        return [said for called, said in list(self.calls) if called == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Kannel:
    """The two boxes when they run."""

    def __init__(self, http_port: int, told: Told) -> None:
        self._http_port = http_port
        self.told = told

    def send(self, to: str, text: str, coding: int) -> None:
        """One text by smsbox's HTTP door, with a call for each receipt."""
        query = {
            "username": "school",
            "password": "school",
            "from": "KANNEL",
            "to": to,
            "text": text,
            "charset": "UTF-8",
            "coding": coding,
            "dlr-mask": 31,
            "dlr-url": f"http://127.0.0.1:{self.told.port}/receipt?kind=%d&phone=%p",
        }
        url = f"http://127.0.0.1:{self._http_port}/cgi-bin/sendsms?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            assert answer.status == 202


@contextmanager
def running_kannel(folder: Path, smpp_port: int, *, pair: bool, hex_ids: bool) -> Iterator[Kannel]:
    """Both boxes, connected to the SMSC at this port; ended when the block is left."""
    with ExitStack() as stack:
        told = Told()
        stack.callback(told.close)
        boxes, http, admin = free_ports(3)
        ids = "0x01" if hex_ids else "0x00"  # 1: an answer in hex, its receipt in decimal
        pair_of_binds = (f"port = {smpp_port}", f"receive-port = {smpp_port}")
        ways = pair_of_binds if pair else (f"port = {smpp_port}\ntransceiver-mode = true",)
        binds = "".join(BIND.format(way=way, ids=ids) for way in ways)
        written = CONFIGURATION.format(admin=admin, boxes=boxes, binds=binds, http=http, told=told.port)
        (folder / "kannel.conf").write_text(written, encoding="ascii")
        for name, port in (("bearerbox", boxes), ("smsbox", http)):
            log = stack.enter_context((folder / f"{name}.log").open("wb"))
            command = [f"/usr/sbin/{name}", "-v", "1", str(folder / "kannel.conf")]
            box = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
            stack.callback(_end, box)
            eventually(lambda port=port, box=box: _listens(port, box))
        yield Kannel(http, told)


def _end(box: "subprocess.Popen[bytes]") -> None:
    box.kill()  # asked to end, it would wait for its queues
    box.wait()


def _listens(port: int, box: "subprocess.Popen[bytes]") -> bool:
    assert box.poll() is None, "Kannel has ended"
    inodes = Path("/proc/net/tcp").read_text(encoding="ascii")
    return f"0100007F:{port:04X} 00000000:0000 0A" in inodes
