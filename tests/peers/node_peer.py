"""The SMSC of node_smsc.js as a test drives it: what it tells, and what it is told."""

import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import ROOT
from tests.sms_gateway.support import eventually


class NodeSmsc:
    """The running process."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("node_smsc.js")
        self._process = subprocess.Popen(
            ["node", str(program)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self.events: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.tells("listening")["port"])

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.events.append(json.loads(line))

    def told(self, event: str, **like: Any) -> list[dict[str, Any]]:
        """All events of this kind so far that say these things."""
        wanted = {"event": event, **like}
        return [said for said in list(self.events) if wanted.items() <= said.items()]

    def tells(self, event: str, times: int = 1, **like: Any) -> dict[str, Any]:
        """The event, when it has happened so often."""
        happened: Callable[[], bool] = lambda: len(self.told(event, **like)) >= times  # noqa: E731
        eventually(happened)
        return self.told(event, **like)[times - 1]

    def tell(self, **asked: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()

    def behave(self, **how: Any) -> None:
        self.tell(behave=how)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
