"""The key in a mail's button by which its reader says “I have read this”, without signing in.

It is 192 bits of chance; the database keeps its hash, and the mail's own row forgets it once the mail is sent.
"""

import re
import secrets
from hashlib import sha256

_KEY = re.compile(r"[\w-]{32}", re.ASCII)


def new_key() -> tuple[str, str]:
    """A key, and what is kept of it."""
    key = secrets.token_urlsafe(24)
    return key, hash_of(key)


def hash_of(key: str) -> str:
    """What is kept of this key; "" where it is none."""
    return sha256(key.encode()).hexdigest() if _KEY.fullmatch(key) else ""
