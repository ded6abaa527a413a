"""Editing in place: one field of one row, as a small form of its own or, with script, inside the list's cell."""

from collections.abc import Mapping
from typing import Any

from flask import Response, get_flashed_messages, jsonify, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.generator.fields import Field
from app.generator.form_pages import RecordFormPages, typed_version
from app.generator.forms import form_of
from app.generator.writing import change_row, row_of, row_to_write
from app.models.base import Table
from app.web.resources import resources

IN_PLACE = "in-place"


class CellPages(RecordFormPages):
    """The fields that a declaration lets be edited in the list."""

    @expose("/<int:pk>/cell/<field>", methods=("GET", "POST"))
    @has_access
    @permission_name("edit")
    def cell_form(self, pk: int, field: str) -> Any:
        """The form of one field of a row; the header `Zvonok-Part: in-place` asks for the form alone."""
        spec = next((one for one in self.specs if one.name == field and one.name in self.record_type.inline), None)
        if spec is None:
            raise NotFound
        row, template = self._row_to_offer(pk, "may_edit"), "_cell" if _is_in_place() else "cell"
        if request.method == "GET":
            return self._form_page(
                form_of((spec,), None, row), row, str(getattr(row, "version", "")), template=template
            )

        def work(session: Session, values: Mapping[str, Any]) -> Table:
            kept: Table = row_to_write(session, self.record_type, str(pk), typed_version())
            change_row(session, self.record_type, kept, (spec,), values)
            return kept

        answer = self._save(row, work, (spec,), template)
        return answer if isinstance(answer, tuple) or not _is_in_place() else self._new_text(pk, spec)

    def _new_text(self, pk: int, spec: Field) -> Response:
        """What the cell shows now; “Saved.” is seen there, and not once more on the next page."""
        get_flashed_messages()
        row = row_of(resources().db(), self.record_type, str(pk), [spec.name])
        return jsonify(text=self.cell(spec, row))


def _is_in_place() -> bool:
    return request.headers.get("Zvonok-Part") == IN_PLACE
