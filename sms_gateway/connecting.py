"""From a row of sms_link to a link that is bound, and how long each step may take."""

import asyncio
import ssl
from collections.abc import Callable

from sms_gateway.connection import Connection
from sms_gateway.http_link import HttpLink
from sms_gateway.link import Link
from sms_gateway.links import WrongLink
from sms_gateway.pair import Pair
from sms_gateway.rows import LinkRow
from sms_gateway.timers import Timers

MOST_SYSTEM_ID, MOST_PASSWORD = 15, 8  # SMPP 3.4 §4.1.1, without the NUL; smpplib would cut them short silently


async def connected(row: LinkRow, timers: Timers, changed: Callable[[], None]) -> Connection:
    """A connection that is bound; raises WrongLink, OSError, TimeoutError or BindRefused, and leaves nothing open."""
    connection = await _opened(row, timers, changed)
    try:
        await connection.bind()
    except BaseException:
        await connection.close("not bound")
        raise
    return connection


async def tried(row: LinkRow, timers: Timers) -> None:
    """Bind and leave at once, so that nothing comes to us instead of the gateway; raises what `connected` raises."""
    if row.kind == "http":
        connection = await connected(row, timers, lambda: None)
    else:
        _check(row)
        connection = await _connection(row, timers, lambda: None, "transmitter")
    try:
        if row.kind != "http":
            await connection.bind()
            await connection.unbind()
    finally:
        await connection.close("tried")


async def _opened(row: LinkRow, timers: Timers, changed: Callable[[], None]) -> Connection:
    if row.kind == "http":
        _check_host(row.host)
        return HttpLink(row, timers, changed)
    _check(row)
    if row.bind != "pair":
        return await _connection(row, timers, changed, "transceiver")
    transmitter = await _connection(row, timers, changed, "transmitter")
    try:
        return Pair(transmitter, await _connection(row, timers, changed, "receiver"))
    except BaseException:
        await transmitter.close("no receiver")
        raise


def _check(row: LinkRow) -> None:
    """Raises WrongLink where SMPP cannot carry what the row says."""
    _check_host(row.host)
    for word in (row.system_id, row.password, row.source):
        if not word.isascii():
            raise WrongLink(f"SMPP carries ASCII only: {row.source if word == row.source else 'user or password'}")
    if len(row.system_id) > MOST_SYSTEM_ID or len(row.password) > MOST_PASSWORD:
        raise WrongLink(f"SMPP takes at most {MOST_SYSTEM_ID} characters of user and {MOST_PASSWORD} of password")


def _check_host(host: str) -> None:
    """Names that no resolver takes end in a UnicodeError deep inside."""
    try:
        host.encode("idna")
    except UnicodeError:
        raise WrongLink(f"{host} is no host name") from None


async def _connection(row: LinkRow, timers: Timers, changed: Callable[[], None], bind_as: str) -> Link:
    context = ssl.create_default_context() if row.tls else None
    connecting = asyncio.get_running_loop().create_connection(
        lambda: Link(row, timers, changed, bind_as),
        row.host,
        row.port,
        ssl=context,
        server_hostname=row.host if context else None,
    )
    _, link = await asyncio.wait_for(connecting, timers.connect)  # asyncio sets TCP_NODELAY itself
    return link
