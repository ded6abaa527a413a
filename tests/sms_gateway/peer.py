"""An SMSC that the test plays, octet by octet."""

import socket
import struct
from dataclasses import dataclass, field

from tests.sms_gateway.support import PATIENCE_SECONDS, Outbox

SUBMIT, DELIVER, UNBIND, ENQUIRE, BIND, DATA = 0x04, 0x05, 0x06, 0x15, 0x09, 0x103
ANSWER = 0x80000000


@dataclass(frozen=True)
class Pdu:
    """One PDU that came from the gateway."""

    command: int
    status: int
    sequence: int
    body: bytes


def pdu(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">LLLL", 16 + len(body), command, status, sequence) + body


def deliver_body(
    source: bytes = b"79990000001",
    to: bytes = b"ZVONOK",
    text: bytes = b"",
    esm_class: int = 0,
    coding: int = 0,
    tlvs: bytes = b"",
) -> bytes:
    addresses = b"\0\x01\x01" + source + b"\0\x01\x01" + to + b"\0"
    return addresses + bytes((esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(text))) + text + tlvs


def receipt(smsc_id: str, stat: str = "DELIVRD", source: bytes = b"79990000001", text: str = "") -> bytes:
    words = (
        f"id:{smsc_id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010001 stat:{stat} err:000 text:{text}"
    )
    return deliver_body(source, text=words.encode("latin-1"), esm_class=4)


@dataclass
class Peer:
    """One connection of the gateway to an SMSC that the test plays."""

    socket: socket.socket
    buffer: bytes = b""
    others: list[Pdu] = field(default_factory=list)
    sequence: int = 1000

    def send(self, *octets: bytes) -> None:
        self.socket.sendall(b"".join(octets))

    def next(self) -> Pdu:
        """The next PDU; raises EOFError when the gateway has hung up."""
        while len(self.buffer) < 16 or len(self.buffer) < struct.unpack_from(">L", self.buffer)[0]:
            came = self.socket.recv(65536)
            if not came:
                raise EOFError
            self.buffer += came
        size, command, status, sequence = struct.unpack_from(">LLLL", self.buffer)
        unit = Pdu(command, status, sequence, self.buffer[16:size])
        self.buffer = self.buffer[size:]
        return unit

    def expect(self, command: int) -> Pdu:
        """The next PDU of this command; others that come before it are kept in `others`."""
        while (unit := self.next()).command != command:
            self.others.append(unit)
        return unit

    def answer(self, submit: Pdu, smsc_id: str = "", status: int = 0) -> None:
        self.send(pdu(SUBMIT | ANSWER, submit.sequence, smsc_id.encode() + b"\0" if smsc_id else b"", status))

    def deliver(self, body: bytes) -> int:
        """Send a deliver_sm and wait for its answer; the status."""
        self.sequence += 1
        self.send(pdu(DELIVER, self.sequence, body))
        while (unit := self.expect(DELIVER | ANSWER)).sequence != self.sequence:
            self.others.append(unit)
        return unit.status

    def hangs_up(self) -> bool:
        """Whether the gateway closes the connection."""
        try:
            while True:
                self.others.append(self.next())
        except (EOFError, ConnectionResetError):
            return True


class HandSmsc:
    """An SMSC that does nothing by itself."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(PATIENCE_SECONDS)
        self._peers: list[Peer] = []
        self.port: int = self._server.getsockname()[1]

    def accept(self) -> Peer:
        connection, _ = self._server.accept()
        connection.settimeout(PATIENCE_SECONDS)
        peer = Peer(connection)
        self._peers.append(peer)
        return peer

    def bound(self) -> Peer:
        """The gateway's next connection, its bind answered."""
        peer = self.accept()
        bind = peer.expect(BIND)
        peer.send(pdu(BIND | ANSWER, bind.sequence, b"hand\0"))
        return peer

    def close(self) -> None:
        for peer in self._peers:
            peer.socket.close()
        self._server.close()


def sent(outbox: Outbox, peer: Peer, smsc_id: str = "7", body: str = "Anna, maths 5") -> int:
    """A message that this SMSC has accepted."""
    message = outbox.queue(body)
    peer.answer(peer.expect(SUBMIT), smsc_id)
    outbox.becomes(message, "accepted")
    return message


def still_works(outbox: Outbox, peer: Peer) -> None:
    message = sent(outbox, peer, "999")
    assert peer.deliver(receipt("999")) == 0
    assert outbox.state(message) == "delivered"
