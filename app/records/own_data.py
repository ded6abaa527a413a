"""The record type of requests for a change of own data: asked by guardians, decided on a page of its own."""

from typing import Any

from sqlalchemy.orm import Session

from app.domain.emails import is_email
from app.domain.errors import InvalidInput
from app.models import DataRequest
from app.records.people import NAMES, PEOPLE
from app.records.record_type import RecordType
from app.session.actors import Actor
from app.words import _

STATES = {
    "waiting": _("waits for a decision"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
}
KINDS = {
    "details": _("other name or contacts"),
    "child_missing": _("a child is missing"),
    "not_my_child": _("not my child"),
}


def _writes(actor: Actor, request: Any) -> bool:
    """The guardian asks and withdraws; deciding is done on a decider's word (app/services/data_requests.py)."""
    return request.guardian_id in actor.own_guardian_ids and request.state in ("waiting", "withdrawn")


def _check(session: Session, request: DataRequest) -> None:
    asked = (request.surname, request.given_name, request.patronymic, request.phone, request.email)
    if request.kind == "details" and all(one is None for one in asked):
        raise InvalidInput("surname", "data_request.nothing")
    for name in ("surname", "given_name"):
        value = getattr(request, name)
        if value is not None and not value.strip():
            raise InvalidInput(name, "text.empty")
    if request.email is not None and not is_email(request.email):
        raise InvalidInput("email", "email.wrong")
    if request.kind == "child_missing" and not (request.child_name or "").strip():
        raise InvalidInput("child_name", "text.empty")
    if request.kind == "not_my_child" and request.child_id is None:
        raise InvalidInput("child", "required")


DATA_REQUESTS = RecordType(
    model=DataRequest,
    title=_("Requests about own data"),
    one=_("Request about own data"),
    menu=PEOPLE,
    columns=("guardian", "kind", "state", "created_at", "decided_at"),
    detail=(
        "guardian", "kind", *NAMES, "phone", "email", "child_name", "child_born_on", "note", "state", "answer",
        "created_at", "decided_at",
    ),
    search=("guardian.surname",),
    filters=("guardian", "kind", "state", "created_at"),
    order=("-id",),
    choices={"kind": KINDS, "state": STATES},
    labels={
        "answer": _("Answer of the school"),
        "child_born_on": _("Date of birth of the child"),
        "child_name": _("Name of the child"),
        "decided_at": _("Decided"),
        "note": _("In own words"),
    },
    secret=("child_id",),  # who sees the guardian need not see that child; the pages show it under its own rule
    writes=_writes,
    adds=False,
    deletes=False,
    check=_check,
)  # fmt: skip
