"""The kinds of imports that there are, and who may bring them."""

from collections.abc import Sequence

from app.records.imports.families import FAMILIES
from app.records.imports.kind import Kind
from app.records.imports.rows import OF_RECORDS
from app.records.imports.teachers import TEACHERS
from app.session.actors import Actor

KINDS: dict[str, Kind] = {kind.name: kind for kind in (FAMILIES, TEACHERS, *OF_RECORDS)}


def kinds_of(actor: Actor) -> Sequence[Kind]:
    """The kinds that the person may import."""
    return [kind for kind in KINDS.values() if kind.is_open_to(actor)]
