"""Who may see and do what, and why; who sees a child; and who changed rights, from what to what."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, render_template, request
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import records
from app.models import Student
from app.models.base import OfFamily, OfGuardian, OfStudent, Table
from app.records.record_type import RecordType
from app.services.account_reach import seen_accounts
from app.services.why import Person, Relation, Verdict, behind, classes_of, people_of, relations_of, verdict, who_sees
from app.session.actors import BREADTHS, LED, Actor
from app.session.engine import actor_of
from app.web.account_events import ON_A_PAGE, rights_history
from app.web.guard import permitted
from app.web.resources import resources
from app.web.rights import BREADTHS as BREADTH_WORDS
from app.web.rights import MAY_OVERSEE, Grant, chapters, word_of
from app.words import Word, _
from app.words.relations import BARRED, ENDED, relation_word

pages = Blueprint("access", __name__)

MAY_SEE_ACCOUNTS = ("can_list", "UserDBModelView")
MAY_SEE_STUDENTS = ("can_read", "student")
ABOUT_A_CHILD = tuple(one for one in records.ALL if issubclass(one.model, (OfStudent, OfFamily, OfGuardian)))


@pages.get("/access/")
@permitted(*MAY_OVERSEE)
def history() -> str:
    """Changes of roles, and of the accounts that the person may know of, newest first."""
    asked, page = request.args.get("q", "").strip()[:100], min(max(request.args.get("page", 1, int), 1), 10_000)
    events = rights_history(seen_accounts(actor_of(resources().db())), asked, page)
    return render_template(
        "access/history.html",
        events=events[:ON_A_PAGE],
        has_next=len(events) > ON_A_PAGE,
        asked=asked,
        page=page,
        zone=resources().settings.timezone,
    )


@dataclass(frozen=True)
class Asked:
    """A question about one record, and its answer: what is known of it, and why."""

    record: str
    number: str
    declared: RecordType | None = None
    row: Table | None = None
    verdict: Verdict | None = None
    wrong: Word | None = None
    is_unreadable: bool = False  # by who asks
    read_by: tuple[str, ...] = ()
    written_by: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    breadths_by: tuple[tuple[Word, tuple[str, ...]], ...] = ()  # breadth → roles that give it


@pages.get("/accounts/<int:pk>/rights")
@permitted(*MAY_SEE_ACCOUNTS)
def rights(pk: int) -> str:
    """What this person may see and do, and why."""
    session, today = resources().db(), _today()
    person = _account(session, pk, today)
    relations = relations_of(session, {person.id}, today)[person.id]
    return render_template(
        "access/rights.html",
        person=person,
        breadths=[(BREADTH_WORDS[each], person.roles_with("can_see", each), _of(relations, each)) for each in BREADTHS],
        relations=relations,
        chapters=list(_held(person)),
        asked=_asked(session, person, relations),
        record_types=records.ALL,
        **_words(),
    )


@pages.get("/students/<int:pk>/seen-by")
@permitted(*MAY_SEE_STUDENTS)
def seen_by(pk: int) -> str:
    """Who can see this child: for the class teacher, and for whoever sees accounts or oversees rights."""
    session, actor = resources().db(), actor_of(resources().db())
    if not _sees_accounts(actor) and not actor.led_class_ids:
        abort(403)
    student = session.scalar(select(Student).where(Student.id == pk)) if pk < 2**63 else None
    if student is None:
        abort(404)
    if not is_told_who_sees(actor, student.id):
        abort(403)
    found, told = who_sees(session, student, _today()), []
    relations_of_all = relations_of(session, {person.id for person, _by in found}, _today())
    classes = classes_of(session, student)
    for person, by in found:
        relations = behind(relations_of_all[person.id], by.breadths, student, classes)
        reads = [one.title for one in ABOUT_A_CHILD if person.actor.may("can_read", one.name)]
        told.append((person, by, relations, person.roles_with("can_read", "student"), reads))
    return render_template("access/seen_by.html", student=student, told=told, actor=actor, **_words())


def is_told_who_sees(actor: Actor, student_id: int) -> bool:
    """Of each child that they see, or as a class teacher of those of the own class."""
    if not actor.may(*MAY_SEE_STUDENTS):
        return False
    return _sees_accounts(actor) or (bool(actor.led_class_ids) and _leads(actor, student_id))


def _sees_accounts(actor: Actor) -> bool:
    return actor.may(*MAY_SEE_ACCOUNTS) or actor.may(*MAY_OVERSEE)


def _leads(actor: Actor, student_id: int) -> bool:
    """Whether the student is in the person's own class: seen by that breadth alone."""
    [person] = people_of(resources().db(), {actor.user_id or 0}, _today())
    return student_id in person.with_breadths(LED).student_ids


def _account(session: Session, pk: int, today: date) -> Person:
    query = select(User.id).where(User.id == pk, seen_accounts(actor_of(session)))
    known = session.scalar(query) if pk < 2**31 else None
    if known is None:
        abort(404)
    return people_of(session, {known}, today)[0]


def _held(person: Person) -> Any:
    """Chapter → (right in words, roles that give it), of what the person holds."""
    for chapter in chapters():
        grants: list[Grant] = [
            (permission, one.name) for one in chapter.records for permission in ("can_read", "can_write")
        ]
        lines = [
            (word_of(grant), person.roles_with(*grant))
            for grant in (*grants, *chapter.acts)
            if person.actor.may(*grant) and word_of(grant) is not None
        ]
        if lines:
            yield chapter.title, lines


def _of(relations: list[Relation], breadth: str) -> list[Relation]:
    return [one for one in relations if one.kind == breadth]


def _asked(session: Session, person: Person, relations: list[Relation]) -> Asked:
    name, number = request.args.get("record", ""), request.args.get("number", "").strip()[:30]
    declared = next((one for one in records.ALL if one.name == name), None)
    asked = Asked(name, number, declared)
    if declared is None:
        return asked
    read_by = tuple(person.roles_with("can_read", name))
    if not actor_of(session).may("can_read", name):
        return Asked(name, number, declared, is_unreadable=True, read_by=read_by)
    if not number:
        return asked
    row = _row(session, declared, number)
    if row is None:
        return Asked(name, number, declared, wrong=_("There is no such record, or none that you may see yourself."))
    found = verdict(session, person, declared, row)
    return Asked(
        name, number, declared, row, found,
        read_by=read_by,
        written_by=tuple(person.roles_with("can_write", name)),
        relations=tuple(behind(relations, found.breadths, row, classes_of(session, row))),
        breadths_by=tuple((BREADTH_WORDS[each], tuple(person.roles_with("can_see", each))) for each in found.breadths),
    )  # fmt: skip


def _row(session: Session, declared: RecordType, number: str) -> Table | None:
    """Under the asker's own row rule."""
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    query = select(declared.model).where(declared.model.id == int(number))
    return session.scalars(query).first()


def _words() -> dict[str, Any]:
    return {
        "relation_word": relation_word,
        "ended": ENDED,
        "barred": BARRED,
        "said_breadths": lambda these: ", ".join(str(BREADTH_WORDS[each]) for each in these),
    }


def _today() -> date:
    return datetime.now(resources().settings.timezone).date()
