"""As whom the embedded PostgreSQL runs: it refuses root."""

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

from launcher import guard
from launcher.errors import CannotStart


def guarded(program: Path, *arguments: str, identity: str = "same", at_parents_death: signal.Signals) -> list[str]:
    """The command line that becomes this program under another account and ends with this process."""
    itself = [sys.executable, "-I", "-S", str(Path(guard.__file__).resolve())]
    return [*itself, str(int(at_parents_death)), str(os.getpid()), identity, str(program), *arguments]


def postgres_identity(data: Path) -> str:
    """How PostgreSQL shall run, as guard.py takes it; raises CannotStart where no way is open.

    An existing data folder decides: PostgreSQL runs as its owner only.
    """
    owner = data.stat() if data.exists() else None
    if os.geteuid() == 0:
        return _instead_of_root(data, owner)
    if owner is not None and owner.st_uid != os.geteuid():
        raise CannotStart(
            f"PostgreSQL's data in {data} belong to account {owner.st_uid}, and this is {os.geteuid()}: "
            "start as that account, or as root."
        )
    if _has_name(os.geteuid()):
        return "same"
    return _first_that_works(["namespace"], f"needs an account with a name, and {os.geteuid()} has none")


def _instead_of_root(data: Path, owner: os.stat_result | None) -> str:
    if owner is None:
        nobody = f"{guard.NOBODY}:{guard.NOBODY}"
        return _first_that_works([nobody, "namespace"], "does not run as root, and this process may become nobody else")
    if owner.st_uid == 0:
        return _first_that_works(["namespace"], f"made its data in {data} in a user namespace")
    account = f"{owner.st_uid}:{owner.st_gid}"
    return _first_that_works([account], f"owns its data in {data} as account {owner.st_uid}, which root may not become")


def _first_that_works(identities: list[str], why: str) -> str:
    for identity in identities:
        if works(identity):
            return identity
    raise CannotStart(
        f"The embedded PostgreSQL {why}, and this machine allows no way round (neither the capability "
        "CAP_DAC_OVERRIDE nor a user namespace). Start as an ordinary user, or set ZVONOK_DATABASE_URL."
    )


def works(identity: str) -> bool:
    """Tried with a program that does nothing."""
    nothing = guarded(Path(sys.executable), "-I", "-S", "-c", "", identity=identity, at_parents_death=signal.SIGKILL)
    return sys.platform == "linux" and subprocess.run(nothing, capture_output=True).returncode == 0


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
