"""What Flask and its extensions are told, from the school's settings."""

import ipaddress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from config import Settings

BREAK_GLASS = "Break glass"  # Flask-AppBuilder gives this role everything; it is held by nobody
PUBLIC = "Public"  # what this role had, strangers would have; nothing asks for it
LIBRARY_ROLES = (BREAK_GLASS, PUBLIC)
LARGEST_REQUEST = 1024 * 1024  # a page that takes files allows itself more


def flask_config(settings: Settings) -> dict[str, Any]:
    is_https = settings.public_url.startswith("https:")
    return {
        "APP_NAME": "Zvonok",
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        "TRUSTED_HOSTS": trusted_hosts(settings),
        "PREFERRED_URL_SCHEME": "https" if is_https else "http",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as its session
        "AUTH_ROLE_ADMIN": BREAK_GLASS,
        "AUTH_ROLE_PUBLIC": PUBLIC,
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_API_SWAGGER_UI": True,
        "FAB_API_SWAGGER_TEMPLATE": "api.html",
        "FAB_API_MAX_PAGE_SIZE": 100,
        "FAB_BASE_TEMPLATE": "base.html",
        "FAB_SAFE_REDIRECT_HOSTS": [urlsplit(settings.public_url).netloc],
        # Style and script; of pages only some: app/web/shrinking.py.
        "COMPRESS_MIMETYPES": ["text/css", "text/javascript", "application/javascript", "image/svg+xml"],
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_ALGORITHM_STREAMING": ["br", "deflate"],
        "LANGUAGES": {"ru": {"name": "Русский", "flag": "ru"}, "en": {"name": "English", "flag": "gb"}},
        "BABEL_DEFAULT_LOCALE": settings.locale,
        "JWT_ERROR_MESSAGE_KEY": "message",
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(hours=8),
        "JWT_REFRESH_TOKEN_EXPIRES": timedelta(days=30),
    }


def trusted_hosts(settings: Settings) -> list[str] | None:
    """The names by which people may call us; None where the demo listens to a whole network without a name."""
    named = urlsplit(settings.public_url).hostname
    if not settings.base_url and not _is_loopback(settings.host):
        return None
    return sorted({name for name in (named, "localhost", "127.0.0.1", "[::1]") if name})


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
