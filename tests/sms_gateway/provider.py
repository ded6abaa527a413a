"""An HTTP provider that the test plays: it keeps what it was sent, and tells events until they are acknowledged."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.sms_gateway.support import InThread, eventually

TOKEN = "a-token"
Answer = tuple[int, Any]


class Provider:
    """`answers` decides about each message; the default takes it, as message `p-1`, `p-2`, …"""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.acknowledged: list[int] = []
        self.questions = 0
        self.answers: Callable[[dict[str, Any]], Answer] = lambda message: (202, {"id": f"P-{len(self.messages)}"})
        self.events_answer: Any = None  # what is said instead of the events
        self.refuses_acknowledgements = False
        self.has_no_content = False
        self._leaving = asyncio.Event()
        self.is_listening = asyncio.Event()

    def leave(self) -> None:
        self._leaving.set()

    async def run(self) -> None:
        application = web.Application()
        application.router.add_post("/sms/v1/messages", self._take)
        application.router.add_get("/sms/v1/events", self._tell)
        application.router.add_post("/sms/v1/events/acknowledge", self._forget)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        self.is_listening.set()
        await self._leaving.wait()
        await runner.cleanup()

    def tell(self, **event: Any) -> int:
        """An event for the school; its number."""
        sequence = 1 + len(self.events) + len(self.acknowledged)
        self.events.append({"sequence": sequence, **event})
        return sequence

    async def _take(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "who are you?"}, status=401)
        message = await request.json()
        self.messages.append(message)
        status, body = self.answers(message)
        if isinstance(body, bytes):
            return web.Response(body=body, status=status)
        if status == 0:  # hangs up
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(body, status=status)

    async def _tell(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "who are you?"}, status=401)
        self.questions += 1
        if self.has_no_content:
            return web.Response(status=204)
        if self.events_answer is not None:
            return web.Response(body=self.events_answer)
        for _ in range(int(request.query["wait"]) * 50):
            if self.events or self._leaving.is_set():
                break
            await asyncio.sleep(0.02)
        return web.json_response({"events": self.events})

    async def _forget(self, request: web.Request) -> web.Response:
        if self.refuses_acknowledgements:
            return web.json_response({}, status=500)
        sequences = (await request.json())["sequences"]
        self.acknowledged += sequences
        self.events = [event for event in self.events if event["sequence"] not in sequences]
        return web.json_response({})


def start_provider() -> tuple[InThread, Provider]:
    thread = InThread(Provider)
    provider: Provider = thread.start()
    eventually(provider.is_listening.is_set)
    return thread, provider
