"""The address of the database for the application's role, which follows from the owner's address."""

import hashlib
import hmac
from urllib.parse import quote, urlsplit


def app_url(owner_url: str, secret_key: str) -> str:
    """The same database for the role DATABASE_app, whose password follows from the secret key."""
    parts = urlsplit(owner_url)
    database = parts.path.lstrip("/")
    place = parts.netloc.rpartition("@")[2]
    password = hmac.new(secret_key.encode(), b"database app role", hashlib.sha256).hexdigest()
    return parts._replace(netloc=f"{quote(f'{database}_app', safe='')}:{password}@{place}").geturl()
