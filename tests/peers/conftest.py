"""SMPP peers that others have written; left out loudly where they are not installed."""

import shutil
import subprocess

import pytest

from config import ROOT
from tests.left_out import left_out
from tests.sms_gateway.conftest import gateway_settings, one_simulator, outbox, simulator, start

__all__ = ["gateway_settings", "one_simulator", "outbox", "simulator", "start"]


def has_node_smpp() -> bool:
    """Whether Node.js finds npm's `smpp` from here."""
    node = shutil.which("node")
    asked = [node or "", "-e", "require('smpp')"]
    return node is not None and subprocess.run(asked, cwd=ROOT, capture_output=True).returncode == 0


def has_kannel() -> bool:
    """Whether Kannel's two boxes are installed."""
    return all(shutil.which(box, path="/usr/sbin:/usr/local/sbin") for box in ("bearerbox", "smsbox"))


@pytest.fixture(scope="session")
def node_smpp(request: pytest.FixtureRequest) -> None:
    """Npm's `smpp` in this checkout."""
    if not has_node_smpp():
        left_out(request, "NODE-SMPP", "Install Node.js, then: npm install --no-save --no-package-lock smpp@0.5.1")


@pytest.fixture(scope="session")
def kannel(request: pytest.FixtureRequest) -> None:
    """The Debian package."""
    if not has_kannel():
        left_out(request, "KANNEL", "Install the package kannel.")
