"""Signatures of a diary's week: what is signed, how it is sealed, and what is different since.

Signed are the child's own entries: marks, absences, remarks, the behaviour of the week. A topic or homework that is
written later asks nobody to sign again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

FROM_DAY = timedelta(days=4)  # of the running week: from its Friday
Parts = Mapping[str, str]  # entry, such as "mark:12", → digest of what it says


def digest(*said: object) -> str:
    """What an entry says, as 32 hexadecimal digits.

    >>> digest("5", "за доску") == digest("5", "за доску"), digest("5") == digest("4")
    (True, False)
    """
    return sha256(repr(said).encode("utf-8", "replace")).hexdigest()[:32]


def seal(parts: Parts) -> str:
    """One hash of all entries, whatever their order.

    >>> seal({"mark:1": "a", "mark:2": "b"}) == seal({"mark:2": "b", "mark:1": "a"})
    True
    """
    return sha256(repr(sorted(parts.items())).encode()).hexdigest()


def may_be_signed(monday: date, today: date) -> bool:
    """A week that is over, and the running one from Friday on.

    >>> may_be_signed(date(2026, 11, 16), date(2026, 11, 19)), may_be_signed(date(2026, 11, 16), date(2026, 11, 20))
    (False, True)
    """
    return today >= monday + FROM_DAY


@dataclass(frozen=True)
class Differences:
    """What has become of the entries since they were signed."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def differences(signed: Parts, present: Parts) -> Differences:
    """Entries by their keys.

    >>> differences({"mark:1": "a", "mark:2": "b"}, {"mark:2": "c", "mark:3": "d"})
    Differences(added=('mark:3',), changed=('mark:2',), removed=('mark:1',))
    """
    return Differences(
        tuple(sorted(present.keys() - signed.keys())),
        tuple(sorted(key for key in present.keys() & signed.keys() if present[key] != signed[key])),
        tuple(sorted(signed.keys() - present.keys())),
    )
