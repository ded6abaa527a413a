"""From a row of sms_link to a link that is bound, and how long each step may take."""

import asyncio
import ssl
from collections.abc import Callable

from sms_gateway.link import Link
from sms_gateway.links import WrongLink
from sms_gateway.rows import LinkRow
from sms_gateway.timers import Timers


async def connected(row: LinkRow, timers: Timers, changed: Callable[[], None]) -> Link:
    """A link that is bound; raises WrongLink, OSError, TimeoutError or BindRefused, and leaves nothing open then."""
    for word in (row.system_id, row.password, row.source):
        if not word.isascii():
            raise WrongLink(f"SMPP carries ASCII only: {row.source if word == row.source else 'user or password'}")
    context = ssl.create_default_context() if row.tls else None
    loop = asyncio.get_running_loop()
    connecting = loop.create_connection(
        lambda: Link(row, timers, changed),
        row.host,
        row.port,
        ssl=context,
        server_hostname=row.host if context else None,
    )
    _, link = await asyncio.wait_for(connecting, timers.connect)  # asyncio sets TCP_NODELAY itself
    try:
        await link.bind()
    except BaseException:
        await link.close("not bound")
        raise
    return link
