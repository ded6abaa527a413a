"""The base of every page of the console: who may open it and act, the row rule, no route that we did not choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import abort, request, url_for
from flask_admin import BaseView, expose
from flask_admin.contrib.sqla import ModelView
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from wtforms import Form

from app.console.words import ago, moment, number, seconds_in_words, span_in_words
from app.domain.errors import NotFound
from app.records.sms import INBOUND_WORDS, KIND_WORDS, READ_TEXTS, STATE_WORDS
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.resources import resources
from app.words import Word, _
from app.words.values import NOT_SHOWN

NAME = "console"
PERMISSIONS = ("can_read", "can_write")
reads, acts = permitted("can_read", NAME), permitted("can_write", NAME)

COUNTED_TO = 10_000
LAST_PAGE = 1_000_000
LARGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Tab:
    """One page of the console, in its tabs and in the menu."""

    endpoint: str
    title: Word
    replaces: str = ""  # the generated list that it stands for in the menu

    def address(self) -> str:
        return url_for(f"{self.endpoint}.{'index' if self.endpoint in _PLAIN else 'index_view'}")


_PLAIN = frozenset({NAME, "console_jobs", "console_prefixes"})
TABS = (
    Tab(NAME, _("Overview")),
    Tab("console_outbox", _("Outbox"), "sms_message"),
    Tab("console_uncertain", _("Uncertain texts")),
    Tab("console_inbound", _("Inbound texts"), "sms_inbound"),
    Tab("console_links", _("SMS links"), "sms_link"),
    Tab("console_jobs", _("Queues and jobs")),
    Tab("console_prefixes", _("Delivery by prefix")),
)


class Rows:
    """What Flask-Admin asks for the session of a request."""

    @property
    def session(self) -> Any:
        return resources().db


class Page(BaseView):
    """A page of the console. Of its routes only those are registered that carry a policy."""

    _urls: Any

    def create_blueprint(self, admin: Any) -> Any:
        self._urls = [each for each in self._urls if getattr(getattr(self, each[1]), "policy", "")]
        return super().create_blueprint(admin)

    def _run_view(self, view: Any, *arguments: Any, **named: Any) -> Any:
        """The library calls a view again, otherwise, after any TypeError in it."""
        return view(self, *arguments, **named)

    def render(self, template: str, **shown: Any) -> Any:
        """One of our templates with what all of them need."""
        actor, zone = actor_of(resources().db()), resources().settings.timezone
        words = {
            "tabs": TABS,
            "here_is": self.endpoint,
            "may_act": actor.may("can_write", NAME),
            "may_read_texts": actor.may(*READ_TEXTS),
            "masked": NOT_SHOWN,
            "moment": partial(moment, zone=zone),
            "ago": ago,
            "span": span_in_words,
            "seconds": seconds_in_words,
            "pace": number,
            "STATES": STATE_WORDS,
            "KINDS": KIND_WORDS,
            "INBOUND": INBOUND_WORDS,
        }
        return super().render(template, **(words | shown))


class SafeView(Page, ModelView):
    """The list and the details of one table, under the row rule of the person's session.

    The routes to make, edit, delete and export, and the look-ups of the library are not there: forms, REST and exports
    are the generator's. Texts that the person may not read do not leave the template's mask.
    """

    form = Form  # the library would make one of all columns and relations
    can_create = can_edit = can_delete = can_export = False
    can_view_details = True
    can_set_page_size = True
    page_size = 50
    page_size_options = (20, 50, 100)
    related: tuple[str, ...] = ()  # relations that a row is loaded with

    def scaffold_list_form(self, widget: Any = None, validators: Any = None) -> Any:
        return Form

    def get_query(self) -> Any:
        return resources().db().query(self.model)

    def get_one(self, id: Any) -> Any:
        """The row of an address. Raises NotFound, alike for a foreign one, an unknown one and what is no number."""
        return self.row_of(id)

    def row_of(self, written: Any, *, locked: bool = False) -> Any:
        """The row, held until the transaction ends where it will be changed. Raises NotFound."""
        query = select(self.model).where(self.model.id == key_of(written))
        if locked:
            query = query.with_for_update(of=self.model).execution_options(populate_existing=True)
        else:
            query = query.options(*(joinedload(getattr(self.model, name)) for name in self.related))
        row = resources().db().scalars(query).first()
        if row is None:
            raise NotFound
        return row

    def handle_action(self, return_view: str | None = None) -> Any:
        """The act that was asked for; what is none of ours is a broken request, and not told in the library's words."""
        name = request.form.get("action", "")
        if name not in self._actions_data or not self.is_action_allowed(name):
            abort(400)
        act, *_words = self._actions_data[name]
        return act(request.form.getlist("rowid"))

    def get_list(
        self,
        page: Any,
        sort_column: Any,
        sort_desc: Any,
        search: Any,
        filters: Any,
        execute: bool = True,
        page_size: Any = None,
    ) -> tuple[int, Any]:
        """The rows of a page and how many there are, counted to a limit; none where a filter cannot be read."""
        if any(one.is_wrong for one in self.asked_filters()):
            return 0, []
        query = self.get_query()
        query, *_others = self._apply_filters(query, None, {}, {}, filters or ())
        keys = query.with_entities(self.model.id).limit(COUNTED_TO + 1)
        count = resources().db().scalar(select(func.count()).select_from(keys.subquery())) or 0
        query = query.options(*(joinedload(getattr(self.model, name)) for name in self.related))
        query, _joins = self._apply_sorting(query, {}, sort_column, sort_desc)
        query = query.order_by(self.model.id)  # rows that are equal keep their pages
        query = self._apply_pagination(query, page, page_size)
        return count, query.all() if execute and count else []

    def keys_of_list(self, most: int) -> list[int]:
        """The ids of all rows that fit the filters of the address, the first of them."""
        if any(one.is_wrong for one in self.asked_filters()):
            return []
        query, *_others = self._apply_filters(self.get_query(), None, {}, {}, self._get_list_filter_args())
        return [key for (key,) in query.with_entities(self.model.id).order_by(self.model.id).limit(most)]

    def asked_filters(self) -> list[Any]:
        """The filters with what the address says of each."""
        return [one.asked(request.args.get(one.argument, "")) for one in self._filters or ()]

    def _get_list_filter_args(self) -> Any:
        asked = enumerate(self.asked_filters())
        return [(place, one.argument, one.typed) for place, one in asked if one.typed and not one.is_wrong]

    def _get_filters(self, filters: Any) -> dict[str, str]:
        return {self._filters[place].argument: typed for place, _name, typed in filters or ()}

    def _get_list_extra_args(self) -> Any:
        """What the library read from the address, without what would break the query or its own links."""
        asked = super()._get_list_extra_args()
        asked.page = min(max(asked.page, 0), LAST_PAGE)
        asked.extra_args, asked.search = {}, None
        return asked

    @expose("/")
    @reads
    def index_view(self) -> Any:
        """The list."""
        return ModelView.index_view.__wrapped__(self)

    @expose("/details/")
    @reads
    def details_view(self) -> Any:
        """One row."""
        row = self.get_one(request.args.get("id", ""))
        return self.render(self.details_template, row=row, **self.details_of(row))

    def details_of(self, row: Any) -> Mapping[str, Any]:
        """What the page of one row shows besides the row."""
        return {}

    def render(self, template: str, **shown: Any) -> Any:
        if "data" in shown:
            asked = self.asked_filters()
            narrowed = {one.argument: one.typed for one in asked if one.typed}
            shown |= {"asked_filters": asked, "narrowed": narrowed, "counted_to": COUNTED_TO}
        return super().render(template, **shown)


def key_of(written: Any) -> int:
    """An id as an address writes it. Raises NotFound."""
    text = str(written)
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > LARGEST_KEY:
        raise NotFound
    return int(text)
