"""What smpplib does by itself: a window, TCP_NODELAY, and nothing stored. The measure for the gateway.

`python -m tests.bench.bare PORT WINDOW MESSAGES` says `bound`, waits for a line, and prints the seconds it took.
"""

import socket
import subprocess
import sys
import time

import smpplib.client
import smpplib.gsm

from config import ROOT

TEXT = "Zvonok: Ivanova Anna, 5A, mathematics: 5 (test), 4 (homework). Details in the diary"  # 83 characters


class Bare:
    """Sends so many messages and waits for so many receipts."""

    def __init__(self, port: int, window: int) -> None:
        self._window = window
        self._answers = self._receipts = 0
        self._client = smpplib.client.Client("127.0.0.1", port, timeout=30, allow_unknown_opt_params=True)
        self._client.set_message_sent_handler(self._take_answer)
        self._client.set_message_received_handler(self._take_receipt)
        self._client.connect()
        self._client._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client.bind_transceiver(system_id="zvonok", password="zvonok")

    def _take_answer(self, pdu: object) -> None:
        self._answers += 1

    def _take_receipt(self, pdu: object) -> None:
        self._receipts += 1

    def seconds(self, messages: int) -> float:
        """From the first submit to the last receipt."""
        parts, coding, esm_class = smpplib.gsm.make_parts(TEXT)
        began = time.perf_counter()
        sent = 0
        while self._receipts < messages:
            while sent < messages and sent - self._answers < self._window:
                self._client.send_message(
                    source_addr="ZVONOK",
                    source_addr_ton=5,
                    dest_addr_ton=1,
                    dest_addr_npi=1,
                    destination_addr="79990000001",
                    short_message=parts[0],
                    data_coding=coding,
                    esm_class=esm_class,
                    registered_delivery=1,
                )
                sent += 1
            self._client.read_once()
        took = time.perf_counter() - began
        self._client.unbind()
        self._client.disconnect()
        return took


def bare_rate(port: int, window: int, messages: int, processes: int) -> float:
    """Messages a second of so many loops together, begun at one moment, until the last one is done."""
    command = [sys.executable, "-m", "tests.bench.bare", str(port), str(window), str(messages // processes)]
    loops = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="ascii")
        for _ in range(processes)
    ]
    for loop in loops:
        assert loop.stdout is not None and loop.stdout.readline() == "bound\n"
    for loop in loops:
        assert loop.stdin is not None
        loop.stdin.write("go\n")
        loop.stdin.flush()
    return messages / max(float(loop.communicate()[0]) for loop in loops)


if __name__ == "__main__":
    port, window, messages = map(int, sys.argv[1:4])
    bare = Bare(port, window)
    print("bound", flush=True)
    sys.stdin.readline()
    print(bare.seconds(messages))
