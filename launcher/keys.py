"""Secrets that are made once and kept in var/secret, readable by this account only."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def new_key() -> str:
    return secrets.token_urlsafe(48)


def new_password() -> str:
    """One that a person can type: three groups of four, without signs that look alike."""
    signs = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(signs) for _ in range(4)) for _ in range(3))


def kept(folder: Path, name: str, make: Callable[[], str] = new_key) -> str:
    """The secret of this name, made on the first call."""
    file = folder / name
    if not file.exists():
        keep(folder, name, make())
    return file.read_text(encoding="utf-8").strip()


def keep(folder: Path, name: str, value: str) -> None:
    """Write it whole or not at all, so that a start that is broken off leaves no half of a secret."""
    own_folder(folder)
    part = folder / f"{name}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(value + "\n")
    part.replace(folder / name)


def own_folder(folder: Path) -> Path:
    """The folder, made where it is missing for this account alone; one that exists keeps its rights."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
