"""Becomes another program that ends together with the launcher and, under root, does not run as root.

Run as `python -I -S guard.py SIGNAL PARENT IDENTITY PROGRAM …`, so that nothing has to happen between fork and exec
in a process with threads. PostgreSQL refuses to run as root; two ways lead round it, in this order (see IDENTITY):

  UID:GID    give up root for that account but keep the capability CAP_DAC_OVERRIDE, so that a checkout under a
             folder that only root may enter works without opening that folder's rights;
  namespace  a user namespace in which this account looks like nobody, where the capability is not ours to keep;
  same       an ordinary user: nothing to give up.
"""

import ctypes
import os
import sys

NOBODY = 65534

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWUSER = 0x10000000


def end_with_parent(signal_number: int, parent: int) -> None:
    """Get this signal when the parent dies; elsewhere than on Linux the next start clears up instead."""
    if sys.platform != "linux":
        return
    _prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        sys.exit(f"The launcher (process {parent}) is gone.")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, *values: int) -> None:
    given = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    if _libc().prctl(option, *given) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def _become(uid: int, gid: int) -> None:
    _prctl(_PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    _keep_only(_CAP_DAC_OVERRIDE)
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)


def _keep_only(capability: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    mask = 1 << capability
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable; low then high words
    if _libc().capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _enter_namespace() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _libc().unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def main(arguments: list[str]) -> None:
    signal_number, parent, identity, *program = arguments
    if identity == "namespace":
        _enter_namespace()
    elif identity != "same":
        uid, _, gid = identity.partition(":")
        _become(int(uid), int(gid))
    end_with_parent(int(signal_number), int(parent))  # last: a change of account would clear it
    os.execv(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
