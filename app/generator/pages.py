"""The reading pages of a record type: list, one record, history, choices, exports; on Flask-AppBuilder's ModelView."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import Response, jsonify, render_template, request, url_for
from flask_appbuilder import ModelView, expose, has_access
from flask_appbuilder.security.decorators import permission_name

from app.domain.errors import NotAllowed, NotFound
from app.domain.sms_errors import in_language
from app.generator.bulk import MOST_AT_ONCE, acts_of
from app.generator.export import as_file
from app.generator.fields import Field, Kind, as_seen, fields_of
from app.generator.listing import read_asked, read_list
from app.generator.parts import Related, related_for
from app.generator.permissions import METHODS
from app.generator.queries import declaration_of
from app.generator.relations import options_found
from app.generator.revisions import told_changes
from app.generator.showing import in_words
from app.generator.writing import row_of
from app.models.base import Table
from app.records.record_type import RecordType
from app.services.reach import Reach, reached_by
from app.services.story import TOLD_BY, stories
from app.services.views import views_of
from app.session.actors import Actor
from app.session.engine import actor_of
from app.session.reasons import FIELD as REASON
from app.web.pace import EXPORTS, paced
from app.web.resources import resources
from app.words import _, language
from app.words.story import told

LONGEST_SEARCH = 200

REACH_WORDS = {
    Reach.FAILED: _("not reached"),
    Reach.UNKNOWN: _("not known"),
    Reach.ON_ITS_WAY: _("on its way"),
    Reach.MAILED: _("reached by e-mail"),
    Reach.REACHED: _("reached by SMS"),
    Reach.READ: _("has read it"),
}


class RecordPages(ModelView):
    """What every record type's pages share; `install` makes a class for each.

    Of ModelView stay the registration, the data model and the permissions. The routes are those named here and no
    other (no download, no actions, no related views); its filters, which threads share, and its forms are not made.
    """

    record_type: RecordType
    method_permission_name = METHODS

    def _init_properties(self) -> None:
        declared = self.record_type
        self.specs = fields_of(declared, declared.fields)
        self.offered = fields_of(declared, declared.offered)
        self.shown = fields_of(declared, [name for name in declared.shown if name not in declared.secret])
        self.base_permissions = list(declared.permissions)
        self.related_views: list[Any] = []
        self._related_views: list[Any] = []

    def _init_forms(self) -> None:
        """Forms are made for each request (app/generator/forms.py)."""

    def _init_titles(self) -> None:
        self.title = self.record_type.name

    @expose("/", methods=("GET",))
    @has_access
    @permission_name("list")
    def list(self) -> str:
        """The rows that the person sees, searched, filtered, sorted, page by page."""
        session, declared = resources().db(), self.record_type
        listed = read_list(session, declared, self.seen(self.offered), request.args)
        views = views_of(session, declared.name)
        actor = actor_of(session)
        writes = actor.may("can_write", declared.name)
        return self.page(
            "list", listed=listed, asked=listed.asked, options_address=self.options_address, views=views,
            stories={} if actor.staff_ids else self.stories(listed.rows),
            inline=declared.inline if writes else (), acts=acts_of(declared) if writes else (), most=MOST_AT_ONCE,
        )  # fmt: skip

    @expose("/<int:pk>", methods=("GET",))
    @has_access
    @permission_name("show")
    def show(self, pk: int) -> str:
        """One row."""
        row = row_of(resources().db(), self.record_type, str(pk), [field.name for field in self.shown])
        return self.page(
            "show", row=row, shown=self.seen(self.shown), related_address=self.related_address,
            story=self.stories([row]).get(row.id, ()),
        )  # fmt: skip

    @expose("/<int:pk>/history", methods=("GET",))
    @has_access
    @permission_name("history")
    def history(self, pk: int) -> str:
        """What changed in a row, by whom and when, newest first."""
        session = resources().db()
        row = row_of(session, self.record_type, str(pk))
        changes = told_changes(session, self.record_type, row)
        return self.page("history", row=row, changes=changes, zone=resources().settings.timezone)

    @expose("/<int:pk>/reach", methods=("GET",))
    @has_access
    @permission_name("reach")
    def reach(self, pk: int) -> str:
        """Whom the row was told to, and how far it came: for whoever may write it."""
        session, declared = resources().db(), self.record_type
        row = row_of(session, declared, str(pk))
        if not self.rights(actor_of(session), row)["may_edit"]:
            raise NotAllowed("not_allowed.row")
        reached = reached_by(session, declared.name, row.id)
        zone = resources().settings.timezone
        return self.page("reach", row=row, reached=reached, zone=zone, words=REACH_WORDS, error_words=_error_words)

    @expose("/options/<field>", methods=("GET",))
    @has_access
    @permission_name("options")
    def options(self, field: str) -> Response:
        """What a relation may be: the first related rows that fit what was typed."""
        names = dict.fromkeys((*self.record_type.fields, *self.record_type.filtered))
        spec = next((one for one in fields_of(self.record_type, names) if one.name == field), None)
        if spec is None or spec.related is None:
            raise NotFound
        typed = "".join(sign for sign in request.args.get("q", "")[:LONGEST_SEARCH] if sign.isprintable())
        rows = options_found(resources().db(), spec, typed)
        return jsonify(result=[{"id": row.id, "text": str(row)} for row in rows])

    @expose("/export.csv", methods=("GET",))
    @has_access
    @permission_name("export_csv")
    @paced(EXPORTS)
    def export_csv(self) -> Response:
        """The list as it is shown, as CSV."""
        return self._export("csv")

    @expose("/export.xlsx", methods=("GET",))
    @has_access
    @permission_name("export_xlsx")
    @paced(EXPORTS)
    def export_xlsx(self) -> Response:
        """The list as it is shown, as a workbook."""
        return self._export("xlsx")

    def _export(self, kind: str) -> Response:
        session = resources().db()
        asked = read_asked(self.record_type, self.seen(self.offered), request.args, actor_of(session))
        return as_file(session, asked, kind, resources().settings.timezone)

    def seen(self, fields: tuple[Field, ...]) -> tuple[Field, ...]:
        """The fields as the person who asks meets them."""
        return as_seen(self.record_type, actor_of(resources().db()), fields)

    def page(self, template: str, status: int = 200, **shown: Any) -> Any:
        """One of our templates in the frame of all pages."""
        actor = actor_of(resources().db())
        rights = self.rights(actor, shown.get("row"))
        words = {
            "record": self.record_type,
            "cell": self.cell,
            "address": self.address,
            "tabs": self.tabs,
            "asks_reason": self.asks_reason,
            "given_reason": request.form.get(REASON, ""),
            "may_write": partial(self.may_write, actor),
            **rights,
            **shown,
        }
        return render_template(f"record/{template}.html", **words), status

    def rights(self, actor: Actor, row: Table | None) -> dict[str, bool]:
        """What the person may do with the record type and with this row."""
        declared = self.record_type
        writes = actor.may("can_write", declared.name) and bool(declared.fields)
        may_write = row is not None and writes and self.may_write(actor, row)
        return {
            "may_add": writes and declared.adds,
            "may_edit": may_write,
            "may_delete": may_write and declared.deletes,
            "may_import": writes and declared.adds and declared.imported is not None,
        }

    def may_write(self, actor: Actor, row: Table) -> bool:
        """Whether the declaration lets the actor, who writes records of this type, write this row too."""
        return self.record_type.writes(actor, row)

    def stories(self, rows: Sequence[Any]) -> Mapping[int, Sequence[str]]:
        """Id of a mark or absence → its changes in words, as its family is told them too."""
        declared, session = self.record_type, resources().db()
        if declared.name not in TOLD_BY or not rows:
            return {}
        words = declared.choices.get(TOLD_BY[declared.name], {})
        found = stories(session, declared.name, [row.id for row in rows])
        return {key: [told(one, words, resources().settings.timezone) for one in seen] for key, seen in found.items()}

    def asks_reason(self, row: Table | None) -> bool:
        """Whether a change of this row is asked for its reason now."""
        asked = self.record_type.reasoned
        return row is not None and asked is not None and asked(resources().db(), row)

    def tabs(self) -> Sequence[Related]:
        """The tabs of related rows that the person may open."""
        return related_for(self.record_type, actor_of(resources().db()))

    def address(self, view: str = "list", **values: Any) -> str:
        """The address of one of this record type's pages."""
        return url_for(f"{self.endpoint}.{view}", **values)

    def options_address(self, spec: Field) -> str:
        """Where the choices of a relation are searched."""
        return self.address("options", field=spec.name)

    def related_address(self, field: Field, row: Table) -> str | None:
        """The page of a related row, where the person may open it."""
        related: Table | None = getattr(row, field.name) if field.is_relation else None
        declaration = declaration_of(type(related)) if related is not None else None
        if related is None or declaration is None or not actor_of(resources().db()).may("can_read", declaration.name):
            return None
        return url_for(f"{endpoint_of(declaration)}.show", pk=related.id)

    @staticmethod
    def cell(field: Field, row: Table) -> str:
        """A value of a row in words."""
        if field.worded is not None and field.kind is not Kind.HIDDEN:
            return str(field.worded(row))
        value = getattr(row, field.name)
        if value is None and field.is_relation and getattr(row, field.column) is not None:
            return ""  # there is a row, which the person does not see
        return in_words(field, value, resources().settings.timezone)


def _error_words(error: str) -> str:
    return in_language(error, language())


def endpoint_of(record_type: RecordType) -> str:
    """The name under which a record type's pages are registered."""
    return f"record_{record_type.name}"
