"""Coverage-guided fuzzing of what an SMSC may send; ZVONOK_SOAK_MINUTES (10) bounds it."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from config import ROOT


def test_no_octets_break_a_promise_of_the_link(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if find_spec("atheris") is None:
        reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line("\nNO ATHERIS: the fuzzer of PDUs is LEFT OUT. pip install atheris", red=True)
        pytest.skip("atheris is not installed")
    seconds = int(60 * float(os.environ.get("ZVONOK_SOAK_MINUTES", "10")))
    fuzzer = [sys.executable, "-m", "tests.soak.fuzz_pdus", str(tmp_path / "corpus")]
    limits = [f"-max_total_time={max(1, seconds)}", "-max_len=600", "-timeout=10", f"-artifact_prefix={tmp_path}/"]

    done = subprocess.run([*fuzzer, *limits], cwd=ROOT, capture_output=True, text=True, check=False)

    print(done.stderr[-2_000:])
    assert done.returncode == 0, done.stderr[-8_000:]
