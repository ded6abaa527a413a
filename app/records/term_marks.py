"""The record type of term marks: the teacher decides, and says why where the marks propose another one."""

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.marks import mark_value
from app.models import Enrollment, Term, TermMark
from app.records.journal import scale_of
from app.records.journal_rules import writes_term_mark
from app.records.journal_words import JOURNAL
from app.records.late_changes import term_is_past
from app.records.record_type import RecordType
from app.records.telling import term_mark_told
from app.services.proposals import proposals, rules_for
from app.services.settings import rules_of
from app.session.owners import related
from app.words import _
from app.words.term_marks import KIND_WORDS

KEPT = "term_proposals"  # in a session's info: (student, subject, term, kind) → value, where a page has asked already


def _fill_term_mark(session: Session, mark: TermMark) -> None:
    subject, term = related(session, mark, "subject"), related(session, mark, "term")
    if subject is None or mark.value is None:
        return
    scale = scale_of(session, subject)
    mark.value = mark_value(mark.value, scale)
    mark.kind = mark.kind or "term"
    if term is None or mark.student_id is None or not _decides_anew(mark):
        return
    key = (mark.student_id, subject.id, term.id, mark.kind)
    kept: dict[tuple[int, int, int, str], str] = session.info.get(KEPT, {})
    if key not in kept:
        rules = rules_for(rules_of(session, {term.school_id})[term.school_id], scale, term)
        made = proposals(session, [mark.student_id], subject.id, term, mark.kind, rules).get(mark.student_id)
        kept = {key: made.value if made is not None else value_without_marks(mark.kind)}
    mark.proposed = kept[key]


def value_without_marks(kind: str) -> str:
    """What is proposed to who has no mark at all."""
    return "н/а" if kind == "term" else ""


def _decides_anew(mark: TermMark) -> bool:
    decides = ("value", "student_id", "subject_id", "term_id", "kind")
    return any(inspect(mark).attrs[name].history.has_changes() for name in decides)


def _check_decision(session: Session, mark: TermMark) -> None:
    if mark.proposed and mark.value != mark.proposed and not (mark.reason or "").strip() and _decides_anew(mark):
        raise InvalidInput("reason", "term_mark.differs", proposed=mark.proposed, given=mark.value)


def _check_student(session: Session, mark: TermMark) -> None:
    """A term mark belongs to who was at the school in that term."""
    term: Term = mark.term
    enrolled: list[Enrollment] = mark.student.enrollments
    if not any(
        one.begins_on <= term.ends_on and (one.ends_on is None or one.ends_on >= term.begins_on) for one in enrolled
    ):
        raise InvalidInput("student", "student.not_in_term")


def _check(session: Session, mark: TermMark) -> None:
    _check_student(session, mark)
    _check_decision(session, mark)


TERM_MARKS = RecordType(
    model=TermMark,
    title=_("Term marks"),
    one=_("Term mark"),
    menu=JOURNAL,
    columns=("student", "subject", "term", "kind", "value", "proposed", "reason"),
    fields=("student", "subject", "term", "kind", "value", "reason"),
    detail=("student", "subject", "term", "kind", "value", "proposed", "reason"),
    search=("student.surname", "subject.name"),
    filters=("student", "subject", "term", "kind", "value"),
    order=("-id",),
    choices={"kind": KIND_WORDS},
    labels={"proposed": _("Proposed by the marks")},
    help={"reason": _("Needed where you decide otherwise than the marks propose.")},
    writes=writes_term_mark,
    judged_by=("term",),
    fill=_fill_term_mark,
    check=_check,
    notice=term_mark_told,
    reasoned=term_is_past,
)
