"""Record types of people: students, guardians, staff, and what binds them together."""

from datetime import date
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.domain.emails import is_email
from app.domain.errors import InvalidInput
from app.models import (
    Consent,
    Enrollment,
    Guardian,
    Guardianship,
    Staff,
    Student,
    SubgroupMember,
    Teaching,
)
from app.records.checks import all_of, in_order, not_empty, subgroup_of_class, write_phone
from app.records.record_type import Imported, RecordType
from app.records.school import office
from app.services.contact_changes import tell_removed
from app.session.declarations import Change
from app.words import _

PEOPLE = _("People")
NAMES = ("surname", "given_name", "patronymic")


def _check_email(session: Session, person: Any) -> None:
    if person.email and not is_email(person.email):
        raise InvalidInput("email", "email.wrong")


_check_names = not_empty("surname", "given_name")


def _check_birth(session: Session, student: Student) -> None:
    if student.born_on is not None and student.born_on > date.today():
        raise InvalidInput("born_on", "day.future")


STUDENTS = RecordType(
    model=Student,
    title=_("Students"),
    one=_("Student"),
    menu=PEOPLE,
    columns=(*NAMES, "born_on"),
    fields=(*NAMES, "born_on"),
    search=NAMES,
    order=("surname", "given_name", "patronymic"),
    inline=("born_on",),
    related=(
        "enrollment.student",
        "guardianship.student",
        "mark.student",
        "absence.student",
        "remark.student",
        "term_mark.student",
        "subgroup_member.student",
        "sms_subscription.student",
    ),
    imported=Imported(key=NAMES, sure=("born_on",)),
    writes=office,
    check=all_of(_check_names, _check_birth),
)


def _fill_guardian(session: Session, guardian: Guardian) -> None:
    """A phone that changes is confirmed no longer."""
    write_phone(session, guardian)
    history = inspect(guardian).attrs.phone.history
    if history.deleted and history.deleted[0] != guardian.phone:
        guardian.phone_confirmed_at = None


def _tell_old_contacts(change: Change) -> None:
    """Of a guardian with an account, the old phone (where it was confirmed) and the old address hear of the change."""
    was, guardian = change.was, change.record
    if change.action == "added" or guardian.user_id is None:
        return
    is_deleted = change.action == "deleted"
    old = []
    if was.phone and was.phone_confirmed_at is not None and (is_deleted or "phone" in change.fields):
        old.append(was.phone)
    if was.email and (is_deleted or "email" in change.fields) and was.email.lower() != (guardian.email or "").lower():
        old.append(was.email)
    tell_removed(change.session, guardian.school_id, old)


GUARDIANS = RecordType(
    model=Guardian,
    title=_("Guardians"),
    one=_("Guardian"),
    menu=PEOPLE,
    columns=(*NAMES, "phone", "email"),
    fields=(*NAMES, "phone", "email"),
    detail=(*NAMES, "phone", "phone_confirmed_at", "email"),
    search=(*NAMES, "phone"),
    filters=(*NAMES, "phone", "email"),
    order=("surname", "given_name", "patronymic"),
    groups=((_("Full name"), NAMES), (_("Contacts"), ("phone", "email"))),
    inline=("phone", "email"),
    related=("guardianship.guardian", "consent.guardian", "sms_subscription.guardian"),
    imported=Imported(key=NAMES, sure=("phone", "email")),
    writes=office,
    fill=_fill_guardian,
    follows=_tell_old_contacts,
    check=all_of(_check_names, _check_email),
)

GUARDIANSHIPS = RecordType(
    model=Guardianship,
    title=_("Guardianships"),
    one=_("Guardianship"),
    menu=PEOPLE,
    columns=("guardian", "student", "kinship", "begins_on", "ends_on", "barred"),
    fields=("guardian", "student", "kinship", "begins_on", "ends_on", "barred"),
    search=("guardian.surname", "student.surname"),
    choices={
        "kinship": {
            "mother": _("mother"),
            "father": _("father"),
            "parent": _("parent"),
            "representative": _("legal representative"),
            "proxy": _("proxy"),
        }
    },
    help={"barred": _("A barred guardian sees and receives nothing about the child, by any channel.")},
    inline=("kinship", "ends_on"),
    bulk=("ends_on",),
    writes=office,
    check=in_order("begins_on", "ends_on"),
)

ENROLLMENTS = RecordType(
    model=Enrollment,
    title=_("Enrollments"),
    one=_("Enrollment"),
    menu=PEOPLE,
    columns=("student", "school_class", "begins_on", "ends_on"),
    fields=("student", "school_class", "begins_on", "ends_on"),
    search=("student.surname", "school_class.name"),
    inline=("ends_on",),
    bulk=("ends_on",),
    writes=office,
    check=in_order("begins_on", "ends_on"),
)

STAFF = RecordType(
    model=Staff,
    title=_("Staff"),
    one=_("Member of staff"),
    menu=PEOPLE,
    columns=(*NAMES, "position", "phone", "email"),
    fields=(*NAMES, "position", "phone", "email"),
    search=(*NAMES, "position"),
    order=("surname", "given_name", "patronymic"),
    groups=((_("Full name"), NAMES), (_("Work and contacts"), ("position", "phone", "email"))),
    inline=("position", "phone", "email"),
    bulk=("position",),
    related=("teaching.teacher", "school_class.class_teacher", "timetable_entry.teacher", "lesson.teacher"),
    imported=Imported(key=NAMES, sure=("phone", "email")),
    writes=office,
    fill=write_phone,
    check=all_of(_check_names, _check_email),
)

TEACHINGS = RecordType(
    model=Teaching,
    title=_("Who teaches what"),
    one=_("Teaching"),
    menu=PEOPLE,
    columns=("teacher", "school_class", "subject", "subgroup", "begins_on", "ends_on"),
    fields=("teacher", "school_class", "subject", "subgroup", "begins_on", "ends_on"),
    search=("teacher.surname", "school_class.name", "subject.name"),
    inline=("teacher", "ends_on"),
    bulk=("teacher", "ends_on"),
    imported=Imported(key=("teacher", "school_class", "subject", "subgroup")),
    writes=office,
    check=all_of(in_order("begins_on", "ends_on"), subgroup_of_class),
)

SUBGROUP_MEMBERS = RecordType(
    model=SubgroupMember,
    title=_("Students of subgroups"),
    one=_("Student of a subgroup"),
    menu=PEOPLE,
    columns=("subgroup", "student"),
    fields=("subgroup", "student"),
    search=("student.surname", "subgroup.name"),
    writes=office,
)

CONSENTS = RecordType(
    model=Consent,
    title=_("Consents"),
    one=_("Consent"),
    menu=PEOPLE,
    columns=("guardian", "phone", "kind", "means", "given_at", "withdrawn_at", "text_version", "proof"),
    fields=("guardian", "phone", "kind", "means", "text_version", "proof", "withdrawn_at"),
    search=("guardian.surname", "phone"),
    choices={
        "kind": {"urgent": _("urgent news"), "sms_diary": _("SMS diary")},
        "means": {"paper": _("on paper"), "code": _("by a code"), "reply": _("by an SMS"), "web": _("on the web")},
    },
    help={
        "proof": _("Such as the folder of the paper, or the number of the text by which it was given."),
        "withdrawn_at": _("A consent is not deleted: it is withdrawn. Nothing is sent by a withdrawn one."),
    },
    bulk=("withdrawn_at",),
    writes=office,
    deletes=False,
    fill=write_phone,
)
