"""Where a request comes from, for counting tries: a proxy on this machine speaks for others."""

import ipaddress

from flask import Request

FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip")


def is_this_machine(request: Request) -> bool:
    """Whether the request was made on this machine, and not handed on by a proxy that stands on it."""
    return _is_loopback(request.remote_addr) and not any(name in request.headers for name in FORWARDED)


def client_address(request: Request) -> str:
    """The caller's address; of an IPv6 one the network, since a household has all of it."""
    address = request.remote_addr or ""
    if _is_loopback(address):  # only a proxy on this machine is believed, and only its own last word
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((read, 64), strict=False)) if read.version == 6 else str(read)


def short_address(request: Request) -> str:
    """The network that the caller comes from, as much of it as one recognises and no more: 192.0.2.…, 2001:db8:1:…"""
    address = client_address(request)
    if ":" in address:
        return ":".join(address.split(":")[:3]) + ":…"
    return ".".join(address.split(".")[:3]) + ".…" if "." in address else ""


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
