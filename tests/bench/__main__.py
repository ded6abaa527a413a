"""`make bench`: every benchmark, with the machine that it ran on. Read ratios; absolute figures belong to a machine."""

import os
import platform
import sys
import time
from importlib import import_module

import psutil

PARTS = (
    "bench_gateway",
    "bench_urgent",
    "bench_memory",
    "bench_way",
    "bench_inbound",
    "bench_digests",
    "bench_segments",
    "bench_lists",
    "bench_journal",
    "bench_diary",
    "bench_marks",
    "bench_import",
    "bench_first_paint",
    "bench_sign_in",
)


def main() -> None:
    """Run the parts named on the command line, else all."""
    memory = psutil.virtual_memory().total / 2**30
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}",
        flush=True,
    )
    for part in sys.argv[1:] or PARTS:
        began = time.perf_counter()
        lines = import_module(f"tests.bench.{part}").run()
        print(f"\n{part} ({time.perf_counter() - began:.0f} s)", *lines, sep="\n  ", flush=True)


main()
