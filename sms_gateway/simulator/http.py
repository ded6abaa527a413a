"""The simulator's HTTP side, JSON in and out: the phones as people see them, and how the SMSC behaves."""

import asyncio
import json
from dataclasses import asdict
from typing import Any
from urllib.parse import unquote

from app.domain.errors import InvalidInput
from sms_gateway.simulator.behaviour import Behaviour, WrongBehaviour, digits
from sms_gateway.simulator.smsc import Smsc

MOST_OCTETS = 100_000
MOST_SIGNS = 2_000
PATHS = "/phones, /phones/PHONE, /phones/PHONE/reply, /behave, /behave/well, /reset and /stats"
_REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


class Refused(Exception):
    """The request gets this status and these words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Http:
    """One answer a connection.

    GET /phones, /phones/PHONE, /behave, /stats;
    POST /phones/PHONE/reply {"text": …}, /behave {…}, /behave/well, /reset.
    """

    def __init__(self, smsc: Smsc, reply_to: str) -> None:
        self._smsc = smsc
        self._reply_to = reply_to

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            status, answer = await asyncio.wait_for(self._answer(reader), 10)
            body = json.dumps(answer, ensure_ascii=False).encode()
            head = (
                f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json; charset=utf-8\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + body)
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever asked has gone, or never said what
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, Any]:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, *_ = [*head[0].split(" "), "", ""]
            headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
            size = headers.get("content-length", "0")
            if not size.isdecimal() or int(size) > MOST_OCTETS:
                raise Refused(400, "the body is too long")
            body = await reader.readexactly(int(size))
            path = [unquote(part) for part in target.partition("?")[0].strip("/").split("/")]
            return self._do(method, path, body)
        except Refused as refused:
            return refused.status, {"message": str(refused)}

    def _do(self, method: str, path: list[str], body: bytes) -> tuple[int, Any]:
        match method, path:
            case "GET", ["phones"]:
                return 200, {"phones": self._smsc.phones.numbers()}
            case "GET", ["phones", phone]:
                return 200, {"phone": f"+{digits(phone)}", "messages": self._smsc.phones.texts(f"+{digits(phone)}")}
            case "POST", ["phones", phone, "reply"]:
                return 202, self._reply(phone, _json(body))
            case "GET", ["behave"]:
                return 200, asdict(self._smsc.behaviour)
            case "POST", ["behave"]:
                return 200, self._behave(_json(body))
            case "POST", ["behave", "well"]:
                self._smsc.behaviour = Behaviour()
                return 200, asdict(self._smsc.behaviour)
            case "POST", ["reset"]:
                self._smsc.reset()
                return 200, {}
            case "GET", ["stats"]:
                bound = sum(1 for session in self._smsc.sessions if session.receives)
                return 200, {"sessions": len(self._smsc.sessions), "receivers": bound, **self._smsc.figures}
            case _:
                raise Refused(404, f"there is {PATHS}")

    def _reply(self, phone: str, asked: Any) -> dict[str, int]:
        text = asked.get("text") if isinstance(asked, dict) else None
        if not isinstance(text, str) or not text.strip() or len(text) > MOST_SIGNS:
            raise Refused(400, f"a text of 1 to {MOST_SIGNS} characters")
        if not 3 <= len(digits(phone)) <= 15:
            raise Refused(400, "a phone number of 3 to 15 figures")
        try:
            return {"parts": self._smsc.write(phone, text, str(asked.get("to") or self._reply_to))}
        except InvalidInput:
            raise Refused(400, "the text is too long") from None

    def _behave(self, asked: Any) -> dict[str, Any]:
        try:
            self._smsc.behaviour = self._smsc.behaviour.changed(asked)
        except WrongBehaviour as wrong:
            raise Refused(400, str(wrong)) from None
        return asdict(self._smsc.behaviour)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Refused(400, "the body is no JSON") from None
