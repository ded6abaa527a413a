"""All pages of a record type: the class that is registered, made of what each module of pages adds."""

from typing import Any

from app.generator.bulk_pages import BulkPages
from app.generator.cell_pages import CellPages
from app.generator.pages import endpoint_of
from app.generator.related_pages import RelatedPages
from app.generator.view_pages import ViewPages
from app.records.record_type import RecordType

READING = frozenset({"list", "show", "history", "options", "export_csv", "export_xlsx", "views", "view_delete"})
WRITING = frozenset({"add", "edit", "delete"})


class AllPages(CellPages, BulkPages, ViewPages, RelatedPages):
    """Base of all; `pages_of` makes one class for each record type."""


def pages_of(record_type: RecordType, datamodel: Any) -> type[AllPages]:
    """The class of the record type's pages, with the routes that its declaration asks for and no other."""
    asked = {
        "reach": record_type.reach,
        "related": bool(record_type.related),
        "cell_form": bool(record_type.inline),
        "bulk": bool(record_type.fields) and (record_type.deletes or bool(record_type.bulk)),
    }
    members = {
        "record_type": record_type,
        "datamodel": datamodel,
        "route_base": f"/records/{record_type.name}",
        "class_permission_name": record_type.name,
        "include_route_methods": READING | WRITING | {name for name, is_asked in asked.items() if is_asked},
    }
    return type(endpoint_of(record_type), (AllPages,), members)
