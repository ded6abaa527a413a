"""A checkout as a school may have it, and servers in it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import config
from config import Settings
from launcher.ports import free_ports
from launcher.postgres import Postgres
from launcher.redis import Redis
from launcher.sockets import socket_folder
from tests.launcher.checkout import PARTS, Checkout
from tests.support import SchoolDatabase, settings_for


@pytest.fixture
def school_folder(tmp_path: Path) -> Path:
    """A folder with a space and Cyrillic letters, under one that only this account may enter."""
    folder = tmp_path / "closed" / "Школа № 1"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    return folder


@pytest.fixture
def sockets() -> Iterator[Path]:
    with socket_folder() as folder:
        yield folder


@pytest.fixture
def postgres(school_folder: Path, sockets: Path) -> Postgres:
    server = Postgres(school_folder / "var", sockets)
    server.create(sync=False)
    return server


@pytest.fixture
def redis_of_school(school_folder: Path, sockets: Path) -> Redis:
    return Redis(school_folder / "var", sockets)


@pytest.fixture
def settings_of(tmp_path: Path) -> Callable[[str, str], Settings]:
    """Makes settings for a database by the addresses of its owner and of the application's role."""
    return lambda owner, role: settings_for(SchoolDatabase("", owner, role), "redis://127.0.0.1:1/", tmp_path / "var")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    closed = tmp_path_factory.mktemp("closed")
    closed.chmod(0o700)
    folder = closed / "Школа № 1"
    folder.mkdir()
    for part in PARTS:
        copy = shutil.copytree if (config.ROOT / part).is_dir() else shutil.copy
        copy(config.ROOT / part, folder / part)
    ports = ("ZVONOK_PORT", "ZVONOK_SIMULATOR_PORT", "ZVONOK_SIMULATOR_HTTP_PORT")
    made = Checkout(folder, dict(zip(ports, map(str, free_ports(len(ports))), strict=True)))
    yield made
    if made.launcher is not None and made.launcher.poll() is None:
        made.ask_for_the_end()
    assert made.processes() == []
