"""What the journal's right block asks while one writes: the proposals as they are by now, and a term mark's story."""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from app.domain.term_marks import what_if
from app.pages.journal import LARGEST_KEY, heading_of
from app.pages.journal_showing import scale_in
from app.pages.journal_term_block import value_proposed
from app.services.journal_list import MAY_OPEN
from app.services.journal_terms import TermStory, as_given, kinds_of, proposed_in, rules_here, story_of, term_marks_of
from app.services.proposals import TERM, students_of
from app.web.guard import permitted
from app.web.resources import resources
from app.words.term_marks import KIND_WORDS, explained, figure, hinted

pages = Blueprint("journal_terms", __name__)


@pages.get("/journal/proposals/<int:class_pk>/<int:subject_pk>/<int:term_pk>")
@permitted(*MAY_OPEN)
def proposals(class_pk: int, subject_pk: int, term_pk: int) -> Response:
    """What is proposed to each student of the class by now: kind → student → mark."""
    of = heading_of(class_pk, subject_pk, None)
    term = of.term(term_pk) or abort(404)
    session = resources().db()
    pupils = list(session.scalars(students_of(class_pk, term)))
    given = as_given(term_marks_of(session, of, pupils))
    kinds = kinds_of(of, term, given)
    made = proposed_in(session, of, term, kinds, pupils, given, rules_here(session, scale_in(of), term))
    return jsonify({kind: {one: value_proposed(made, kind, one) for one in pupils} for kind in kinds})


@pages.get("/journal/term-card/<int:class_pk>/<int:subject_pk>/<int:term_pk>/<int:student_pk>")
@permitted(*MAY_OPEN)
def card(class_pk: int, subject_pk: int, term_pk: int, student_pk: int) -> str:
    """Why the mark of `?kind=` is proposed, in words and figures; what was decided, why, and every change of it."""
    of = heading_of(class_pk, subject_pk, None)
    term, kind = of.term(term_pk), request.args.get("kind", TERM)
    if term is None or kind not in KIND_WORDS or student_pk > LARGEST_KEY:
        abort(404)
    session = resources().db()
    told: TermStory | None = story_of(session, of, term, kind, student_pk)
    if told is None:
        abort(404)
    given = as_given(term_marks_of(session, of, [student_pk]))
    rules = rules_here(session, scale_in(of), term)
    made = proposed_in(session, of, term, [kind], [student_pk], given, rules)
    found = made.get(kind, {}).get(student_pk)
    shown: dict[str, Any] = {
        "proposed": value_proposed(made, kind, student_pk),
        "found": found,
        "ways": what_if(found.works, rules) if found is not None and found.works else (),
    }
    return render_template(
        "journal/term_card.html",
        told=told, kind=KIND_WORDS[kind], term=term, zone=resources().settings.timezone, explained=explained,
        hinted=hinted, figure=figure, **shown,
    )  # fmt: skip
