"""Absence notices of families: sent, answered by the class teacher, and written into the journal before the lesson."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import exists, or_, select, text
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.models import Absence, AbsenceNotice, Guardianship, Lesson, SubgroupMember, Term
from app.models.people import Enrollment
from app.services.holidays import holiday_on
from app.services.start_away import enrolled_on
from app.session.actors import Actor
from app.session.engine import actor_of

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
MAY_SEND = ("can_write", "absence_notice")
MAY_READ = ("can_read", "absence_notice")
MAY_DECIDE = ("can_write", "absence_decision")
ANSWERS_ON_WORD = ("absence_notice", "absence")  # what is written on the word of who answers
LONGEST_DAYS = 90
PAST_DAYS = 14
AHEAD_DAYS = 365
IN_THE_JOURNAL = {"ill": "ill"}  # reason of the notice → of the absence; all others are excused
STANDING = ("sent", "accepted")


def send(session: Session, child: Any, notice: AbsenceNotice, today: date) -> None:
    """Keep the notice of the session's person about an own child; the caller commits.

    Raises NotAllowed, InvalidInput.
    """
    session.execute(
        text("SELECT pg_advisory_xact_lock(7, CAST(:child AS int))"),
        {"child": child.id % 2**31},
        execution_options=AROUND,
    )
    check_notice(session, child, notice, today)
    mine = select(Guardianship.guardian_id).where(
        Guardianship.student_id == child.id, Guardianship.guardian_id.in_(actor_of(session).own_guardian_ids)
    )
    guardian_id = session.scalars(mine.order_by(Guardianship.guardian_id)).first()
    if guardian_id is None:
        raise NotAllowed
    notice.guardian_id, notice.student_id = guardian_id, child.id
    session.add(notice)
    session.flush()
    log.info("absence_notice.sent", notice=notice.id, way=notice.way)


def may_send(session: Session, child: Any) -> None:
    """Raise NotAllowed unless the session's person reports absences of this child, and withdraws them."""
    actor = actor_of(session)
    if child.id not in actor.child_ids or not actor.may(*MAY_SEND):
        raise NotAllowed


def check_notice(session: Session, child: Any, notice: AbsenceNotice, today: date) -> None:
    """Raise NotAllowed or InvalidInput where the session's person may not send this; nothing is written."""
    may_send(session, child)
    _check_days(notice, today)
    if len(notice.comment) > 500:
        raise InvalidInput("comment", "text.too_long", limit=500, given=len(notice.comment))
    in_class = select(Enrollment.id).where(Enrollment.student_id == child.id, enrolled_on(notice.begins_on))
    if session.scalars(in_class.limit(1)).first() is None:
        raise InvalidInput("begins_on", "absence_notice.no_class", day=f"{notice.begins_on:%d.%m.%Y}")
    alike = select(AbsenceNotice).where(
        AbsenceNotice.student_id == child.id, AbsenceNotice.state.in_(STANDING),
        AbsenceNotice.begins_on <= notice.ends_on, AbsenceNotice.ends_on >= notice.begins_on,
    )  # fmt: skip
    other = session.scalars(alike.limit(1)).first()
    if other is not None:
        days = {"first": f"{other.begins_on:%d.%m.%Y}", "last": f"{other.ends_on:%d.%m.%Y}"}
        raise InvalidInput("begins_on", "absence_notice.overlaps", **days)


def _check_days(notice: AbsenceNotice, today: date) -> None:
    earliest, latest = today - timedelta(days=PAST_DAYS), today + timedelta(days=AHEAD_DAYS)
    if notice.ends_on < notice.begins_on:
        raise InvalidInput("ends_on", "date.order")
    if notice.begins_on < earliest:
        raise InvalidInput("begins_on", "absence_notice.past", day=f"{earliest:%d.%m.%Y}")
    if notice.begins_on > latest:
        raise InvalidInput("begins_on", "absence_notice.far", day=f"{latest:%d.%m.%Y}")
    if (notice.ends_on - notice.begins_on).days >= LONGEST_DAYS:
        raise InvalidInput("ends_on", "absence_notice.long", days=LONGEST_DAYS)


def notices_of(session: Session, student_id: int) -> Sequence[AbsenceNotice]:
    """All of the child, the newest first."""
    query = select(AbsenceNotice).where(AbsenceNotice.student_id == student_id).order_by(AbsenceNotice.id.desc())
    return session.scalars(query.limit(50)).all()


def waiting(session: Session, today: date) -> Sequence[AbsenceNotice]:
    """What waits for an answer of the session's person, the nearest first."""
    actor = actor_of(session)
    query = select(AbsenceNotice).where(AbsenceNotice.state == "sent", _is_led(actor, today)).order_by(
        AbsenceNotice.begins_on, AbsenceNotice.id
    )  # fmt: skip
    return session.scalars(query.options(joinedload(AbsenceNotice.student)).limit(100)).all() if _decides(actor) else ()


def answered(session: Session, today: date) -> Sequence[AbsenceNotice]:
    """What was answered of late in the classes of the session's person, and is not long over."""
    actor = actor_of(session)
    query = select(AbsenceNotice).where(
        AbsenceNotice.state.in_(("accepted", "declined")), AbsenceNotice.ends_on >= today - timedelta(days=14),
        _is_led(actor, today),
    ).order_by(AbsenceNotice.id.desc())  # fmt: skip
    return session.scalars(query.options(joinedload(AbsenceNotice.student)).limit(50)).all() if _decides(actor) else ()


def _decides(actor: Actor) -> bool:
    return actor.may(*MAY_DECIDE)


def _is_led(actor: Actor, today: date) -> Any:
    """About a student of an own class, or of the whole school; never the own child's."""
    in_class = exists().where(
        Enrollment.student_id == AbsenceNotice.student_id, Enrollment.school_class_id.in_(actor.led_class_ids),
        enrolled_on(today),
    )  # fmt: skip
    mine = AbsenceNotice.guardian_id.in_(actor.own_guardian_ids)
    return or_(AbsenceNotice.school_id.in_(actor.whole_school_ids), in_class) & ~mine


def may_decide(session: Session, notice_id: int, today: date) -> None:
    """Raise NotFound unless the session's person answers this notice: another's and none are told alike."""
    actor = actor_of(session)
    query = select(AbsenceNotice.id).where(AbsenceNotice.id == notice_id, _is_led(actor, today))
    if not _decides(actor) or session.scalars(query).first() is None:
        raise NotFound


def decide(session: Session, notice_id: int, accept: bool, answer: str, by_staff_id: int | None) -> None:
    """Accept or decline, on the word of who may: the session is that of `on_word_of`. Raises Conflict, InvalidInput."""
    notice = _locked(session, notice_id)
    if notice.state != "sent":
        raise Conflict("absence_notice.answered")
    if not accept and not answer.strip():
        raise InvalidInput("answer", "absence_notice.why")
    if len(answer) > 500:
        raise InvalidInput("answer", "text.too_long", limit=500, given=len(answer))
    notice.state, notice.answer = "accepted" if accept else "declined", answer.strip()
    notice.decided_at, notice.decided_by_id = datetime.now(UTC), by_staff_id
    if accept:
        fill_journal(session, notice)
    else:
        for absence in _excused_by(session, notice):
            absence.absence_notice_id = None
    session.flush()
    log.info("absence_notice.answered", notice=notice.id, state=notice.state)


def withdraw(session: Session, notice_id: int, child_id: int, today: date) -> None:
    """The child comes after all, from today on; on the guardian's word. Raises NotFound, Conflict."""
    notice = _locked(session, notice_id)
    if notice.student_id != child_id:
        raise NotFound
    if notice.state not in STANDING or notice.ends_on < today:
        raise Conflict("absence_notice.over")
    for absence in _excused_by(session, notice):
        if absence.missed_on >= today:
            session.delete(absence)
    if withdrawn_from(notice, today) > notice.begins_on:
        notice.ends_on = today - timedelta(days=1)  # what is past stays excused
    else:
        notice.state = "withdrawn"
    session.flush()


def last_report(session: Session, student_ids: Iterable[int], today: date) -> Sequence[AbsenceNotice]:
    """What the session's person has sent last about these children and may withdraw; of several children at once."""
    query = select(AbsenceNotice).where(
        AbsenceNotice.guardian_id.in_(actor_of(session).own_guardian_ids),
        AbsenceNotice.student_id.in_(student_ids), AbsenceNotice.state.in_(STANDING), AbsenceNotice.ends_on >= today,
    )  # fmt: skip
    found = session.scalars(query.order_by(AbsenceNotice.sent_at.desc(), AbsenceNotice.id).limit(20)).all()
    return [one for one in found if one.sent_at == found[0].sent_at]


def withdrawn_from(notice: AbsenceNotice, today: date) -> date:
    """The first day that is taken back where the notice is withdrawn: what was accepted and is past stays excused."""
    return max(notice.begins_on, today) if notice.state == "accepted" else notice.begins_on


def _locked(session: Session, notice_id: int) -> AbsenceNotice:
    query = select(AbsenceNotice).where(AbsenceNotice.id == notice_id).with_for_update(of=AbsenceNotice)
    notice = session.scalars(query.execution_options(populate_existing=True)).first()
    if notice is None:
        raise NotFound
    return notice


def _excused_by(session: Session, notice: AbsenceNotice) -> Sequence[Absence]:
    return session.scalars(select(Absence).where(Absence.absence_notice_id == notice.id)).all()


def fill_journal(session: Session, notice: AbsenceNotice) -> int:
    """Write the absence into the lessons that it covers and was not written into yet; how many.

    A teacher who takes one away, for the child came, is not contradicted: each lesson is filled once.
    """
    lessons = _covered(session, notice)
    there = select(Absence).where(
        Absence.student_id == notice.student_id, Absence.lesson_id.in_([lesson.id for lesson in lessons])
    )
    absences = {absence.lesson_id: absence for absence in session.scalars(there)}
    reason = IN_THE_JOURNAL.get(notice.reason, "excused")
    for lesson in lessons:
        absence = absences.get(lesson.id)
        if absence is None:
            session.add(
                Absence(lesson=lesson, student_id=notice.student_id, reason=reason, absence_notice_id=notice.id)
            )
        elif absence.reason == "absent":
            absence.absence_notice_id, absence.reason = notice.id, reason
    notice.filled_to = max([notice.filled_to, *(lesson.id for lesson in lessons)])
    session.flush()
    return len(lessons)


def _covered(session: Session, notice: AbsenceNotice) -> Sequence[Lesson]:
    """Lessons of the child's class and subgroups in the range that take place, in open terms."""
    in_group = exists().where(
        SubgroupMember.subgroup_id == Lesson.subgroup_id, SubgroupMember.student_id == notice.student_id
    )
    query = (
        select(Lesson)
        .join(Term, Term.id == Lesson.term_id)
        .join(Enrollment, Enrollment.school_class_id == Lesson.school_class_id)
        .where(Enrollment.student_id == notice.student_id, Enrollment.begins_on <= Lesson.date)
        .where(or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= Lesson.date))
        .where(Lesson.date.between(notice.begins_on, notice.ends_on), Lesson.id > notice.filled_to)
        .where(Lesson.state != "cancelled", Term.closed.is_(False), or_(Lesson.subgroup_id.is_(None), in_group))
        .where(~holiday_on(Lesson.school_id, Lesson.date).correlate(Lesson).exists())
        .order_by(Lesson.id)
    )
    return session.scalars(query).unique().all()


def standing_notice(session: Session, student_id: int, day: date) -> Any:
    """The notice that covers the day: its id, state and reason; None where there is none."""
    query = select(AbsenceNotice.id, AbsenceNotice.state, AbsenceNotice.reason).where(
        AbsenceNotice.student_id == student_id, AbsenceNotice.state.in_(STANDING),
        AbsenceNotice.begins_on <= day, AbsenceNotice.ends_on >= day,
    )  # fmt: skip
    with session.no_autoflush:
        return session.execute(query.limit(1), execution_options=AROUND).first()


def fill_again(session: Session, school_id: int, today: date) -> int:
    """Write accepted absences into lessons that were set down after they were accepted; how many. By the clock."""
    query = select(AbsenceNotice).where(
        AbsenceNotice.school_id == school_id, AbsenceNotice.state == "accepted", AbsenceNotice.ends_on >= today
    )
    return sum(fill_journal(session, notice) for notice in session.scalars(query).all())
