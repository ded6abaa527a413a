"""`smpps://`: the SMSC shows a certificate for the very host that was dialled, by an authority that is known."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from config import Settings
from sms_gateway.simulator.phones import Phones
from sms_gateway.simulator.session import Session
from sms_gateway.simulator.smsc import Smsc
from tests.sms_gateway.support import InThread, Outbox, eventually, start_gateway
from tests.support import SchoolDatabase, settings_for

PHONE = "+79990000001"
StartTls = Callable[..., None]


class TlsSmsc:
    """The simulator's SMPP side behind TLS."""

    def __init__(self, certificate: trustme.LeafCert) -> None:
        self.smsc = Smsc(Phones())
        self.port = 0
        self.is_listening = asyncio.Event()
        self._leaving = asyncio.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(self._context)

    def leave(self) -> None:
        self._leaving.set()

    async def run(self) -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: Session(self.smsc), "127.0.0.1", 0, ssl=self._context
        )
        self.port = server.sockets[0].getsockname()[1]
        self.is_listening.set()
        await self._leaving.wait()
        server.close()
        for session in list(self.smsc.sessions):
            session.close()
        while self.smsc.sessions:
            await asyncio.sleep(0.01)


@pytest.fixture(scope="module")
def known_authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def smsc_with() -> Iterator[Callable[[trustme.LeafCert], TlsSmsc]]:
    """`smsc_with(certificate)` listens on this machine until the test ends."""
    threads: list[InThread] = []

    def started(certificate: trustme.LeafCert) -> TlsSmsc:
        threads.append(InThread(lambda: TlsSmsc(certificate)))
        smsc: TlsSmsc = threads[-1].start()
        eventually(smsc.is_listening.is_set)
        return smsc

    yield started
    for thread in threads:
        thread.stop()


@pytest.fixture
def dial(
    outbox: Outbox,
    database: SchoolDatabase,
    tmp_path: Path,
    known_authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[str], InThread]]:
    """`dial("localhost:port")` runs a gateway that trusts one authority only."""
    bundle = tmp_path / "authorities.pem"
    known_authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    running: list[InThread] = []

    def dialled(address: str, scheme: str = "smpps") -> InThread:
        settings: Settings = settings_for(
            database, "redis://127.0.0.1:1/", tmp_path / "var", SMSC_URL=f"{scheme}://zvonok:zvonok@{address}/?source=Z"
        )
        running.append(start_gateway(settings))
        return running[-1]

    yield dialled
    for gateway in running:
        gateway.stop()


def words_of_refusal(outbox: Outbox) -> str:
    link = eventually(lambda: outbox.rows("SELECT * FROM sms_link WHERE state_words <> ''"))[0]
    assert link["state"] == "down"
    return str(link["state_words"])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_with_the_right_certificate_messages_go_out_and_receipts_come_in(
    outbox: Outbox, smsc_with: Callable[..., TlsSmsc], dial: Callable[..., Any], known_authority: trustme.CA, host: str
) -> None:
    smsc = smsc_with(known_authority.issue_cert(host))
    dial(f"{host}:{smsc.port}")

    message = outbox.queue("Анна: матем 5")

    outbox.becomes(message, "delivered")
    assert [text["text"] for text in smsc.smsc.phones.texts(PHONE)] == ["Анна: матем 5"]
    assert outbox.link()["tls"] is True


@pytest.mark.parametrize("host", ["smsc.example.org", "localhost.example.org", "*.example.org", "127.0.0.1"])
def test_a_certificate_for_another_host_is_refused_and_that_is_told(
    outbox: Outbox, smsc_with: Callable[..., TlsSmsc], dial: Callable[..., Any], known_authority: trustme.CA, host: str
) -> None:
    smsc = smsc_with(known_authority.issue_cert(host))
    waiting = outbox.queue()

    dial(f"localhost:{smsc.port}")

    words = words_of_refusal(outbox)
    assert "certificate" in words and "localhost" in words
    assert outbox.state(waiting) == "queued"
    assert smsc.smsc.figures["submits"] == 0


def test_a_certificate_of_an_unknown_authority_is_refused(
    outbox: Outbox, smsc_with: Callable[..., TlsSmsc], dial: Callable[..., Any]
) -> None:
    smsc = smsc_with(trustme.CA().issue_cert("localhost"))

    dial(f"localhost:{smsc.port}")

    assert "certificate" in words_of_refusal(outbox)


def test_a_certificate_whose_time_is_over_is_refused(
    outbox: Outbox, smsc_with: Callable[..., TlsSmsc], dial: Callable[..., Any], known_authority: trustme.CA
) -> None:
    began = datetime.now(UTC) - timedelta(days=20)
    smsc = smsc_with(
        known_authority.issue_cert("localhost", not_before=began, not_after=datetime.now(UTC) - timedelta(days=1))
    )

    dial(f"localhost:{smsc.port}")

    words = words_of_refusal(outbox)
    assert "certificate" in words and "expired" in words


def test_an_smsc_without_tls_gets_no_password(outbox: Outbox, dial: Callable[..., Any], hand: Any) -> None:
    dial(f"localhost:{hand.port}")
    peer = hand.accept()

    hello = peer.socket.recv(4096)

    assert hello[0] == 0x16  # a TLS handshake
    assert b"zvonok" not in hello
    peer.send(b"\0\0\0\x10\x80\0\0\x09\0\0\0\0\0\0\0\x01")
    assert words_of_refusal(outbox)


def test_a_plain_link_does_not_fall_over_a_port_with_tls(
    outbox: Outbox, smsc_with: Callable[..., TlsSmsc], dial: Callable[..., Any], known_authority: trustme.CA
) -> None:
    smsc = smsc_with(known_authority.issue_cert("localhost"))

    dial(f"127.0.0.1:{smsc.port}", scheme="smpp")

    assert words_of_refusal(outbox)
