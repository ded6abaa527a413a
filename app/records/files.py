"""Record type of files: put up where their owner is written (app/services/attaching.py), seen with their owner."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.file_kinds import file_name
from app.models import AbsenceNotice, Attachment, Homework
from app.records.diary import ABSENCE_NOTICES
from app.records.homework import HOMEWORK
from app.records.journal import REMARKS
from app.records.journal_words import JOURNAL
from app.records.lessons import LESSONS
from app.records.record_type import RecordType
from app.session.actors import Actor
from app.session.owners import related
from app.session.rows import owner_of
from app.words import _

OWNERS = {"homework": HOMEWORK, "lesson": LESSONS, "remark": REMARKS, "absence_notice": ABSENCE_NOTICES}
KIND_WORDS = {
    "jpeg": _("picture (JPEG)"),
    "png": _("picture (PNG)"),
    "pdf": _("PDF"),
    "docx": _("document (DOCX)"),
    "xlsx": _("spreadsheet (XLSX)"),
    "pptx": _("slides (PPTX)"),
    "odt": _("document (ODT)"),
    "ods": _("spreadsheet (ODS)"),
    "odp": _("slides (ODP)"),
    "txt": _("plain text"),
}


def may_bring(actor: Actor, owner: Any) -> bool:
    """Whoever writes the record that files hang on; to an accepted absence notice its guardian brings a paper too."""
    declared = OWNERS[owner.__tablename__]
    if not actor.may("can_write", declared.name):
        return False
    if isinstance(owner, AbsenceNotice) and owner.state == "accepted":
        return owner.guardian_id in actor.own_guardian_ids and owner.student_id in actor.child_ids
    return declared.writes(actor, owner)


def _writes_attachment(actor: Actor, attachment: Any) -> bool:
    """Whoever may bring it; what the class teacher has accepted a notice by stays."""
    owner = owner_of(attachment)
    if owner is None or not may_bring(actor, owner):
        return False
    is_new = isinstance(attachment, Attachment) and inspect(attachment).key is None
    return is_new or OWNERS[owner.__tablename__].writes(actor, owner)


def _fill_attachment(session: Session, attachment: Attachment) -> None:
    owner = next((found for name in OWNERS if (found := related(session, attachment, name)) is not None), None)
    if owner is not None:
        attachment.school_id = owner.school_id
        if isinstance(owner, Homework):
            owner.revised_at = datetime.now(UTC)
    if attachment.name is not None:
        attachment.name = file_name(attachment.name, attachment.kind)


def _check_attachment(session: Session, attachment: Attachment) -> None:
    if not attachment.name.rpartition(".")[0]:
        raise InvalidInput("name", "text.empty")


ATTACHMENTS = RecordType(
    model=Attachment,
    title=_("Files"),
    one=_("File"),
    menu=JOURNAL,
    columns=("name", "kind", "size", "homework", "lesson", "remark", "absence_notice"),
    fields=("name",),
    detail=("name", "kind", "size", "homework", "lesson", "remark", "absence_notice", "author", "added_at"),
    search=("name",),
    filters=("name", "kind", "homework", "lesson", "remark", "absence_notice", "added_at"),
    order=("-id",),
    choices={"kind": KIND_WORDS},
    labels={
        "absence_notice": _("Absence notice"),
        "added_at": _("Put up"),
        "kind": _("Kind of file"),
        "remark": _("Remark"),
        "size": _("Size, octets"),
    },
    adds=False,
    writes=_writes_attachment,
    fill=_fill_attachment,
    check=_check_attachment,
)
