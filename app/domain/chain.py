"""The hash chain of a school's history: how a link is made and how the chain is walked.

Each link hashes the one before it, so that a change anywhere shows in all that follows (RFC 6962 has the idea).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

START = bytes(32)  # what stands before the first link


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no blanks, in UTF-8: the same octets for the same value.

    >>> canonical({"b": 1, "a": "ё"}).decode()
    '{"a":"ё","b":1}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def value_digest(salt: bytes, old: Any, new: Any) -> str:
    """SHA-256(salt ‖ [old, new]) in hex: what the chain keeps of a value, so that the value itself can be erased."""
    return hashlib.sha256(salt + canonical([old, new])).hexdigest()


def link_hash(
    previous: bytes,
    *,
    school_id: int,
    number: int,
    record: str,
    record_id: int,
    action: str,
    happened_at: datetime,
    author: str,
    fields: Mapping[str, str],
) -> bytes:
    """SHA-256(previous ‖ canonical entry), 32 octets. Times count as UTC with microseconds."""
    entry = {
        "school": school_id,
        "number": number,
        "record": record,
        "record_id": record_id,
        "action": action,
        "happened_at": happened_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "author": author,
        "fields": dict(fields),
    }
    return hashlib.sha256(previous + canonical(entry)).digest()
