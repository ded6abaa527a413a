"""TCP ports: whether one can be listened on, and a free one."""

import errno
import socket


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


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
