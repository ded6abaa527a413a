"""The tabs of a record: the rows of another record type that hang on it, under the rights of both."""

from typing import Any

from flask import request, url_for
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy import select

from app.domain.errors import NotFound
from app.generator.fields import as_seen, fields_of
from app.generator.listing import Listed, read_asked
from app.generator.pages import RecordPages, endpoint_of
from app.generator.parts import related_for
from app.generator.queries import COUNTED_TO, counted, ordered, rows_of_page
from app.generator.writing import row_of
from app.session.engine import actor_of
from app.web.resources import resources


class RelatedPages(RecordPages):
    """Related rows as tabs; a tab that the person may not read is one that there is not."""

    @expose("/<int:pk>/related/<name>", methods=("GET",))
    @has_access
    @permission_name("related")
    def related(self, pk: int, name: str) -> Any:
        """One tab, page by page."""
        session = resources().db()
        actor = actor_of(session)
        tab = next((each for each in related_for(self.record_type, actor) if each.name == name), None)
        if tab is None:
            raise NotFound
        row = row_of(session, self.record_type, str(pk))
        child = tab.record_type
        columns = as_seen(child, actor, fields_of(child, [one for one in child.columns if one != tab.relation]))
        asked = read_asked(child, columns, request.args, actor)
        query = select(child.model).where(getattr(child.model, tab.column) == row.id)
        count = counted(session, child.model, query, COUNTED_TO)
        asked.page = min(asked.page, max(1, -(-count // asked.page_size))) if count <= COUNTED_TO else asked.page
        in_order, names = ordered(query, child, asked.order_by), [column.name for column in asked.columns]
        rows = rows_of_page(session, child.model, in_order, names, asked.page - 1, asked.page_size) if count else []
        filtered = f"?f.{tab.relation}={row.id}" if tab.relation in child.filtered else ""
        return self.page(
            "related", row=row, tab=tab, listed=Listed(asked, rows, count), asked=asked,
            child_address=lambda view="list", **values: url_for(f"{endpoint_of(child)}.{view}", **values),
            all_address=url_for(f"{endpoint_of(child)}.list") + filtered,
        )  # fmt: skip
