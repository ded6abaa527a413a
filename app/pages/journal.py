"""The class journal: a class or subgroup in a subject for a term on one page, and one lesson on a screen of a phone."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from app.models import SchoolClass, Term
from app.pages.journal_row import row_html
from app.pages.journal_showing import (
    Column,
    column_means,
    columns_of,
    decimal_words,
    focused,
    journal_shown,
    scale_in,
)
from app.pages.journal_term_block import Block
from app.records.journal_term_marks import groups_given
from app.records.term_marks import TERM_MARKS
from app.services import journal as service
from app.services.journal_list import MAY_OPEN, journals_of, lesson_of
from app.services.journal_terms import kinds_of, proposed_in, rules_here
from app.session.actors import Actor
from app.session.engine import actor_of
from app.web.actors import current_account
from app.web.guard import permitted
from app.web.resources import resources

pages = Blueprint("journal", __name__)

LARGEST_KEY = 2**63 - 1


@pages.get("/journal/")
@permitted(*MAY_OPEN)
def index() -> str:
    """The journals that the person writes, and those that they read."""
    actor = _staff()
    mine, others = journals_of(resources().db(), actor, today())
    by_class = groupby(others, key=lambda one: (one.school_class_id, one.school_class))
    classes = [(name, list(journals)) for (_id, name), journals in by_class]
    return render_template("journal/index.html", mine=mine, others=classes)


@pages.get("/journal/<int:class_pk>/<int:subject_pk>")
@permitted(*MAY_OPEN)
def of_subject(class_pk: int, subject_pk: int) -> Response:
    """The journal of the term that holds today."""
    of = heading_of(class_pk, subject_pk, request.args.get("subgroup", type=int))
    return redirect(address_of(of, of.term_on(today())), 303)


@pages.get("/journal/<int:class_pk>/<int:subject_pk>/<int:term_pk>")
@pages.get("/journal/<int:class_pk>/<int:subject_pk>/<int:subgroup_pk>/<int:term_pk>")
@permitted(*MAY_OPEN)
def grid(class_pk: int, subject_pk: int, term_pk: int, subgroup_pk: int | None = None) -> str:
    """The journal of a term; `?print=blank` leaves its cells empty."""
    of = heading_of(class_pk, subject_pk, subgroup_pk)
    term = of.term(term_pk) or abort(404)
    return _page(of, term, "journal/grid.html")


@pages.get("/journal/lesson/<int:pk>")
@permitted(*MAY_OPEN)
def lesson(pk: int) -> str:
    """One lesson: who is away, the topic, the homework, the marks."""
    found = lesson_of(resources().db(), pk) if pk <= LARGEST_KEY else None
    if found is None:
        abort(404)
    of = heading_of(found.school_class_id, found.subject_id, found.subgroup_id)
    term = of.term(found.term_id) or abort(404)
    return _page(of, term, "journal/lesson.html", only=pk)


def _page(of: service.Heading, term: Term, template: str, only: int | None = None) -> str:
    session, actor = resources().db(), _staff()
    columns = columns_of(service.lessons_of_journal(session, of, term.id), actor, term)
    pupils = service.pupils_of(session, of.school_class.id, term.begins_on, term.ends_on)
    ids, students = [column.lesson.id for column in columns], [one.id for one in pupils]
    entries = service.entries_of(session, ids, students, of.subject.id, [each.id for each in of.terms])
    shown = journal_shown(actor, of, _block(of, term, entries, students, only), columns, pupils, entries)
    account = current_account()
    return render_template(
        template,
        of=of,
        term=term,
        journal=shown,
        means=list(column_means(shown)),
        number=decimal_words,
        row_html=row_html,
        scale=scale_in(of),
        today=today(),
        begin_at=focused(columns, today()),
        is_blank=request.args.get("print") == "blank",
        who=account.id if account is not None else 0,
        address=lambda each: address_of(of, each),
        kinds=TERM_MARKS.choices["kind"],
        **(_one_of(columns, only) if only is not None else {}),
    )


def _block(of: service.Heading, term: Term, entries: service.Entries, students: list[int], only: int | None) -> Block:
    """The right block; one lesson's screen has none."""
    session, given = resources().db(), entries.term_marks
    if only is not None:
        return Block(term, (), given, {}, frozenset())
    kinds = kinds_of(of, term, given)
    rules = rules_here(session, scale_in(of), term)
    proposals = proposed_in(session, of, term, kinds, students, given, rules)
    groups = groups_given(actor_of(session), term, of.school_class.id, of.subject.id)
    return Block(term, kinds, given, proposals, groups)


def _one_of(columns: Sequence[Column], pk: int) -> dict[str, Any]:
    """The column of one lesson, its place, and the lessons before and after it."""
    place = next(place for place, column in enumerate(columns) if column.lesson.id == pk)
    before = columns[place - 1].lesson if place else None
    after = columns[place + 1].lesson if place + 1 < len(columns) else None
    return {"column": columns[place], "place": place, "before": before, "after": after}


def address_of(of: service.Heading, term: Term) -> str:
    """Where this journal stands for the term."""
    group = f"/{of.subgroup.id}" if of.subgroup is not None else ""
    return f"/journal/{of.school_class.id}/{of.subject.id}{group}/{term.id}"


def today() -> date:
    """The day that the school's calendar shows."""
    return datetime.now(resources().settings.timezone).date()


def may_open(actor: Actor, school_class: SchoolClass) -> bool:
    """Who teaches the class reads its whole journal, and so do its class teacher and who sees the school; no family."""
    taught = {class_id for class_id, _subject, _subgroup in actor.teachings}
    return school_class.id in taught or actor.leads(school_class.id) or actor.runs(school_class.school_id)


def _staff() -> Actor:
    """Whoever may open the page, but not the records that it is made of, opens nothing."""
    actor = actor_of(resources().db())
    if not all(actor.may("can_read", record) for record in ("lesson", "mark", "absence")):
        abort(403)
    return actor


def heading_of(class_pk: int, subject_pk: int, subgroup_pk: int | None) -> service.Heading:
    """The journal, where the person may open it; a foreign one and one that there is not are told alike."""
    actor = _staff()
    if max(class_pk, subject_pk, subgroup_pk or 0) > LARGEST_KEY:
        abort(404)
    of = service.heading(resources().db(), class_pk, subject_pk, subgroup_pk)
    if of is None or not may_open(actor, of.school_class):
        abort(404)
    return of
