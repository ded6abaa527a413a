"""Decisions about requests for a change of own data: accepted with one click, or declined with a word.

The school's record is changed by the ordinary saving on the decider's word, so that the history names the decider.
"""

from datetime import date, datetime, timedelta

import structlog
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.models import AccountContact, DataRequest, Guardian, Guardianship, Student
from app.services.contacts import EMAIL, PHONE
from app.services.data_requests import DETAILS, MISSING, NAMES, NOT_MINE, is_standing, may_accept, may_decide, sendable
from app.services.mail import Button, write_mail
from app.services.saving import saving
from app.session.actors import Actor, on_word_of
from app.session.engine import SchoolSession, actor_of
from app.words import _

log = structlog.get_logger()

AROUND = {"around_the_rule": True}


def accept(
    engine: Engine, session: Session, request_id: int, child_id: int | None, now: datetime, today: date, speaks: str
) -> None:
    """Change the school's record as the guardian asked, and tell them. Raises NotFound, Conflict, InvalidInput.

    The history names who accepted it.
    """
    request, actor = _to_decide(session, request_id)
    if not may_accept(actor, request):
        raise NotAllowed("data_request.office")
    if request.kind == MISSING:
        child_id = _child(session, request, child_id)
    session.rollback()  # what follows is another session's, which may lock the same rows
    by = on_word_of(actor, "data_request", "guardian", "guardianship")
    with SchoolSession(engine, info={"actor": by}, expire_on_commit=False) as other, saving(other, Guardian):
        locked = _locked(other, request_id)
        if not is_standing(other, locked.guardian_id, today):
            raise Conflict("data_request.right_ended")
        if locked.kind == DETAILS:
            _change_details(other, locked, now)
        elif locked.kind == NOT_MINE:
            _end_guardianship(other, locked, today)
        else:
            _link(other, locked, child_id, today)
        _decide(other, locked, "accepted", "", now, speaks)


def decline(engine: Engine, session: Session, request_id: int, why: str, now: datetime, speaks: str) -> None:
    """Leave the school's record as it is, and tell the guardian why. Raises NotFound, Conflict, InvalidInput."""
    _, actor = _to_decide(session, request_id)
    if not why.strip():
        raise InvalidInput("answer", "text.empty")
    if len(why) > 500:
        raise InvalidInput("answer", "text.too_long", limit=500, given=len(why))
    session.rollback()
    by = on_word_of(actor, "data_request")
    with SchoolSession(engine, info={"actor": by}, expire_on_commit=False) as other, saving(other, DataRequest):
        _decide(other, _locked(other, request_id), "declined", why.replace("\0", "").strip(), now, speaks)


def _to_decide(session: Session, request_id: int) -> tuple[DataRequest, Actor]:
    """The request, where the person may decide it; a foreign one and one that there is not are told alike."""
    request = session.scalars(select(DataRequest).where(DataRequest.id == request_id)).first()
    actor = actor_of(session)
    if request is None or not may_decide(actor, request):
        raise NotFound
    return request, actor


def _locked(session: Session, request_id: int) -> DataRequest:
    query = select(DataRequest).where(DataRequest.id == request_id).with_for_update(of=DataRequest)
    request = session.scalars(query).one()
    if request.state != "waiting":
        raise Conflict("data_request.decided")
    return request


def _decide(session: Session, request: DataRequest, state: str, answer: str, now: datetime, speaks: str) -> None:
    request.state, request.answer, request.decided_at = state, answer, now
    request.decided_by_user_id = actor_of(session).user_id
    session.flush()
    is_accepted = state == "accepted"
    told = _("The school has changed its data as you asked.") if is_accepted else _("The school has left its data.")
    paragraphs = (told,) if is_accepted else (told, _("Its answer: {answer}", answer=answer))
    for address in _addresses(session, request.guardian.user_id):
        write_mail(
            session, "request", school_id=request.school_id, to=address, language=speaks,
            subject=_("Your request about your data"), paragraphs=paragraphs,
            button=Button(_("To my details"), "/my-details/"),
        )  # fmt: skip
    log.info("data_request.decided", request=request.id, state=state, by=actor_of(session).user_id)


def _change_details(session: Session, request: DataRequest, now: datetime) -> None:
    guardian = session.scalars(select(Guardian).where(Guardian.id == request.guardian_id).with_for_update()).one()
    for name in (*NAMES, "phone", "email"):
        value = getattr(request, name)
        if value is not None:
            setattr(guardian, name, value)
    session.flush()  # a phone that changes is confirmed no longer: that is said first
    user = session.scalars(select(User).where(User.id == guardian.user_id)).first()
    if user is not None and any(getattr(request, name) is not None for name in NAMES):
        user.last_name, user.first_name = guardian.surname, guardian.given_name
    proved = select(AccountContact.id).where(
        AccountContact.user_id == guardian.user_id,
        AccountContact.kind == PHONE,
        AccountContact.address == guardian.phone,
        AccountContact.confirmed_at.is_not(None),
    )
    if guardian.phone and guardian.phone_confirmed_at is None and session.scalars(proved).first() is not None:
        guardian.phone_confirmed_at = now
    session.flush()


def _end_guardianship(session: Session, request: DataRequest, today: date) -> None:
    query = select(Guardianship).where(
        Guardianship.guardian_id == request.guardian_id, Guardianship.student_id == request.child_id
    )
    guardianship = session.scalars(query.with_for_update(of=Guardianship)).first()
    if guardianship is not None and (guardianship.ends_on is None or guardianship.ends_on >= today):
        guardianship.ends_on = today - timedelta(days=1)
        if guardianship.begins_on is not None and guardianship.begins_on > guardianship.ends_on:
            guardianship.begins_on = guardianship.ends_on
    session.flush()


def _child(session: Session, request: DataRequest, child_id: int | None) -> int:
    """The student who is meant, of those whom the person sees in the request's school."""
    query = select(Student.id).where(Student.id == (child_id or 0), Student.school_id == request.school_id)
    found = session.scalars(query).first()
    if found is None:
        raise InvalidInput("child", "data_request.child_not_found")
    return found


def _link(session: Session, request: DataRequest, child_id: int | None, today: date) -> None:
    query = select(Guardianship).where(
        Guardianship.guardian_id == request.guardian_id, Guardianship.student_id == child_id
    )
    if session.scalars(query).first() is not None:
        raise Conflict("data_request.barred")
    session.add(Guardianship(guardian_id=request.guardian_id, student_id=child_id, begins_on=today))
    request.child_id = child_id
    session.flush()


def _addresses(session: Session, user_id: int | None) -> list[str]:
    """The confirmed addresses of the account."""
    kept = select(AccountContact.address).where(
        AccountContact.user_id == user_id, AccountContact.kind == EMAIL, AccountContact.confirmed_at.is_not(None)
    )
    own = select(User.email).where(User.id == user_id, User.active.is_(True))
    return sendable([*session.scalars(kept, execution_options=AROUND), *session.scalars(own, execution_options=AROUND)])
