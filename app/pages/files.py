"""Files: downloaded under the row rule of what they hang on, and brought to records that have no page of their own."""

import hashlib
import hmac
from collections.abc import Callable
from io import BytesIO
from typing import Any

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, send_file
from sqlalchemy import select

from app.domain.errors import InvalidInput, NotFound, SchoolError
from app.domain.file_kinds import FIELD, KINDS
from app.models import AbsenceNotice, Attachment
from app.records.files import OWNERS, may_bring
from app.services.attaching import LARGEST, MOST_FILES, ROOM_AROUND, attach, limits_of
from app.services.file_store import content_of
from app.services.saving import saving
from app.session.engine import actor_of
from app.session.rows import owner_of
from app.web.errors import STATUS
from app.web.guard import permitted, takes_files
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

log = structlog.get_logger()

pages = Blueprint("files", __name__)

LARGEST_KEY = 2**63 - 1
BACK = {"absence_notice": "/absences/{owner.student_id}"}  # where one comes from, if not from the record's page
ALONE = "sandbox; default-src 'none'; frame-ancestors 'none'"  # should a browser show it all the same


@pages.get("/files/<int:pk>")
@permitted("can_read", "attachment")
def download(pk: int) -> Any:
    """The file, to be kept and never shown in place; a foreign one and one that there is not are told alike."""
    actor = actor_of(resources().db())
    return _handed_out(pk, lambda owner: actor.may("can_read", OWNERS[owner.__tablename__].name))


@pages.get("/absence-notices/files/<int:pk>")
@permitted("can_read", "absence_notice")
def paper(pk: int) -> Any:
    """A paper of an absence notice, for those too who read notices and no other files."""
    return _handed_out(pk, lambda owner: isinstance(owner, AbsenceNotice))


def _handed_out(pk: int, is_read: Callable[[Any], bool]) -> Any:
    session = resources().db()
    found = session.get(Attachment, pk) if pk <= LARGEST_KEY else None
    owner = owner_of(found) if found is not None else None
    if owner is None or not is_read(owner):
        raise NotFound
    content = content_of(resources().settings.files_folder, found.stored) if found is not None else None
    if found is None or content is None or not _is_whole(content, found.digest):
        if found is not None:
            log.error("files.not_whole", attachment=found.id, is_there=content is not None)
        raise NotFound
    media_type = KINDS[found.kind].media_type
    answer = send_file(
        BytesIO(content), mimetype=media_type, as_attachment=True, download_name=found.name, etag=False, max_age=0
    )
    answer.headers["Content-Security-Policy"] = ALONE
    return answer


def _is_whole(content: bytes, digest: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(content).hexdigest(), digest)


@pages.get("/files/of/<record>/<int:pk>")
@permitted("can_read", "attachment")
def of_record(record: str, pk: int) -> Any:
    """The files of a lesson, a remark, homework or an absence notice, and where more are brought."""
    return _page(record, _owner(record, pk), {}, 200)


@pages.post("/files/of/<record>/<int:pk>")
@takes_files(LARGEST + ROOM_AROUND, reads_on=True)
@permitted("can_write", "attachment")
def bring(record: str, pk: int) -> Any:
    """Take files; what is wrong with one is said in words, and none of them is kept then."""
    session, owner = resources().db(), _owner(record, pk)
    try:
        with saving(session, Attachment):
            if not attach(session, resources().settings.files_folder, owner, request.files.getlist(FIELD)):
                raise InvalidInput(FIELD, "file.none")
    except SchoolError as refused:
        status = next((code for kind, code in STATUS.items() if isinstance(refused, kind)), 400)
        return _page(record, _owner(record, pk), {FIELD: sentence(refused)}, status)
    flash(str(_("The files are kept.")), "success")
    return redirect(f"/files/of/{record}/{pk}", 303)


def _owner(record: str, pk: int) -> Any:
    """The record that files hang on, as far as the person sees it."""
    declared = OWNERS.get(record)
    if declared is None:
        raise NotFound
    session, actor = resources().db(), actor_of(resources().db())
    if not actor.may("can_read", declared.name):
        abort(403)
    found: Any = session.get(declared.model, pk) if pk <= LARGEST_KEY else None
    if found is None:
        raise NotFound
    return found


def _page(record: str, owner: Any, wrong: dict[str, str], status: int) -> Any:
    session, actor, declared = resources().db(), actor_of(resources().db()), OWNERS[record]
    key = getattr(Attachment, f"{record}_id")
    may_write = actor.may("can_write", "attachment") and may_bring(actor, owner)
    return render_template(
        "files/of.html",
        declared=declared,
        owner=owner,
        files=session.scalars(select(Attachment).where(key == owner.id).order_by(Attachment.id)).all(),
        wrong=wrong,
        may_write=may_write,
        may_delete=may_write and declared.writes(actor, owner),
        back=BACK.get(record, "/records/{name}/{owner.id}").format(name=record, owner=owner),
        limits=limits_of(session, owner.school_id, record),
        most_files=MOST_FILES,
    ), status
