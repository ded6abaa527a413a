"""What can go wrong, as keys and figures; the edge (form, API, import, job) puts it into words.

SchoolError
├── InvalidInput   a field has a value that it does not take      → by the field, 422
├── NotAllowed     the person may not do this                     → 403
├── NotFound       there is none, or none that the person sees    → 404
├── Conflict       somebody was faster, or it is still in use     → 409
├── TryLater       a part of the system is away for the moment    → the job is tried again, 503
└── Rejected       the outside refused for good                   → shown to the operator
"""

from typing import Any


class SchoolError(Exception):
    """Base of all; `key` names the sentence in app/words/errors.py, `figures` fill it."""

    def __init__(self, key: str, **figures: Any) -> None:
        super().__init__(key)
        self.key = key
        self.figures = figures

    def __str__(self) -> str:
        return f"{self.key} {self.figures}" if self.figures else self.key


class InvalidInput(SchoolError):
    """The field `field` does not take the value given; the sentence says what it takes."""

    def __init__(self, field: str, key: str, **figures: Any) -> None:
        super().__init__(key, **figures)
        self.field = field


class NotAllowed(SchoolError):
    """The person may not do this."""

    def __init__(self, key: str = "not_allowed", **figures: Any) -> None:
        super().__init__(key, **figures)


class NotFound(SchoolError):
    """There is no such row, or none that the person sees: the two are told alike."""

    def __init__(self, key: str = "not_found", **figures: Any) -> None:
        super().__init__(key, **figures)


class Conflict(SchoolError):
    """The row was changed by somebody else meanwhile, stands already, or is still in use."""

    def __init__(self, key: str = "conflict.changed", **figures: Any) -> None:
        super().__init__(key, **figures)


class TryLater(SchoolError):
    """A part of the system is away for the moment; trying again is right."""


class Rejected(SchoolError):
    """The outside refused for good."""
