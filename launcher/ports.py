"""TCP ports: whether one can be listened on, and a free one."""

import errno
import socket
from contextlib import ExitStack


def free_ports(count: int) -> list[int]:
    """So many ports of this machine that nobody listens on now, no two alike."""
    with ExitStack() as held:
        servers = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(server.getsockname()[1]) for server in servers]


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    return free_ports(1)[0]


def why_not(host: str, port: int) -> str | None:
    """None where the port can be listened on; else the reason in words."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        socket.create_server(address[:2], family=family).close()
    except socket.gaierror:
        return f"{host} is no address of this machine"
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            return f"port {port} of {host} is taken by another program"
        return f"cannot listen on port {port} of {host} ({problem.strerror})"
    return None
