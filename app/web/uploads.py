"""Files as they come in: of what is larger than a page takes the rest is read and thrown away, so that the page can
say so at the place, with all that was typed beside it.
"""

from io import UnsupportedOperation
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Request

IN_MEMORY = 512 * 1024
WORTH_READING = 256 * 2**20  # of a whole request: what is larger is refused before it is read


class SchoolRequest(Request):
    """A request; of all its files together at most `room_for_files` octets are kept, where that is set."""

    room_for_files: int | None = None

    def _get_file_stream(self, *given: Any, **named: Any) -> IO[bytes]:
        if self.room_for_files is None:
            return super()._get_file_stream(*given, **named)
        return Incoming(self)  # type: ignore[return-value]


class Incoming:
    """A file of a request, as far as there is room for it; it answers as an uploaded file is asked."""

    def __init__(self, of: SchoolRequest) -> None:
        self._of = of
        self._kept = SpooledTemporaryFile[bytes](max_size=IN_MEMORY)
        self.is_cut = False

    def write(self, octets: bytes) -> int:
        room = self._of.room_for_files or 0
        self._of.room_for_files = max(room - len(octets), 0)
        self.is_cut |= len(octets) > room
        self._kept.write(octets[:room])
        return len(octets)

    def __getattr__(self, name: str) -> Any:
        if name == "fileno":
            raise UnsupportedOperation(name)
        return getattr(self._kept, name)
