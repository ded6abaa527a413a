"""The gateway's memory over many messages; ZVONOK_BENCH_MESSAGES (100,000) says how many, a million is worth a look."""

import os
import tempfile
import time
from pathlib import Path

from tests.bench.gateways import a_school, a_sink, gateways

TENTHS = 10

# By the partial indexes: a look through the whole table would measure itself.
_SENT = """
SELECT NOT EXISTS (SELECT FROM sms_message WHERE state = 'queued')
    AND NOT EXISTS (SELECT FROM sms_message WHERE state IN ('claimed', 'sending'))
"""


def run() -> list[str]:
    """Lines to print; half a minute for a hundred thousand."""
    messages = int(os.environ.get("ZVONOK_BENCH_MESSAGES", "100000"))
    megabytes: list[float] = []
    rates: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder,
        a_school(Path(folder)) as settings,
        a_sink() as sink,
        gateways(settings, sink, 500) as running,
    ):
        running.connection.execute("SET enable_seqscan = off")
        for _ in range(TENTHS):
            running.queue(messages // TENTHS)
            began = time.perf_counter()
            running.until(_SENT)
            rates.append(messages / TENTHS / (time.perf_counter() - began))
            megabytes.append(running.megabytes)
    return [
        f"memory of the gateway over {messages:,} messages: {megabytes[0]:.1f} MiB resident after a tenth, "
        f"{megabytes[-1]:.1f} MiB at the end (most {max(megabytes):.1f}); {rates[0]:,.0f} messages/s in the first "
        f"tenth, {rates[-1]:,.0f} in the last"
    ]
