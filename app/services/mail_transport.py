"""How a mail leaves: by SMTP as ZVONOK_MAIL_URL says, or into a folder of files, the demo's post office."""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from config import Settings

ANSWER_SECONDS = 20


class Refused(Exception):
    """The server will never take this mail; the text says why."""


class Transport(Protocol):
    """Takes mails; raises Refused, or OSError (of which smtplib's errors are some) where trying again may help."""

    def send(self, mail: EmailMessage) -> None: ...


@contextmanager
def transport(settings: Settings) -> Iterator[Transport]:
    """Open for one batch; raises OSError where the server is away."""
    url = urlsplit(settings.mail_url)
    if url.scheme == "file":
        yield _Folder(settings.var / (unquote(url.path) or "mail"))
        return
    context = ssl.create_default_context()
    port = url.port or (465 if url.scheme == "smtps" else 25)
    host = url.hostname or ""
    server = (
        smtplib.SMTP_SSL(host, port, timeout=ANSWER_SECONDS, context=context)
        if url.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=ANSWER_SECONDS)
    )
    with server:
        server.ehlo()
        is_private = url.scheme == "smtps" or host in ("127.0.0.1", "::1", "localhost")
        if url.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
            is_private = True
        if url.username:
            if not is_private:
                raise OSError("the mail server offers no STARTTLS: our password is not sent in clear")
            server.login(unquote(url.username), unquote(url.password or ""))
        yield _Server(server)


class _Server:
    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def send(self, mail: EmailMessage) -> None:
        try:
            self._server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            for code, words in refused.recipients.values():
                _raise_where_final(code, words)
            raise
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
            _raise_where_final(refused.smtp_code, refused.smtp_error)
            raise
        except (smtplib.SMTPNotSupportedError, UnicodeEncodeError) as wrong:
            raise Refused(str(wrong)) from wrong


def _raise_where_final(code: int, words: bytes | str) -> None:
    """RFC 5321 §4.2.1: 5yz is permanent, 4yz may do later."""
    if 500 <= code < 600:
        said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
        raise Refused(f"{code} {' '.join(said.split())}")


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: EmailMessage) -> None:
        """A file by the mail's id, whole or not at all; the same mail again is the same file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = "".join(sign if sign.isalnum() or sign in "-." else "_" for sign in mail["Message-ID"].strip("<>"))
        unfinished = self._folder / f"{name}.new"
        unfinished.write_bytes(mail.as_bytes(policy=SMTP))
        os.replace(unfinished, self._folder / f"{name}.eml")
