"""The tables, one module for each chapter of school life."""

from app.models.access import RequestKey, SeededGrant, WebSession
from app.models.base import Table, Versioned
from app.models.history import ChainHead, Pseudonym, Revision, RevisionValue
from app.models.journal import Absence, Homework, Lesson, Mark, Remark, TermMark
from app.models.people import (
    Consent,
    Enrollment,
    Guardian,
    Guardianship,
    Person,
    Staff,
    Student,
    SubgroupMember,
    Teaching,
)
from app.models.school import (
    AcademicYear,
    Announcement,
    BellPeriod,
    BellSchedule,
    Event,
    Holiday,
    Room,
    Scale,
    School,
    SchoolClass,
    SchoolSetting,
    Subgroup,
    Subject,
    Term,
    TimetableEntry,
    WorkType,
)
from app.models.sms import (
    Notice,
    SmsDelivery,
    SmsInbound,
    SmsInboundPart,
    SmsLink,
    SmsMessage,
    SmsPart,
    SmsReceipt,
    SmsSubscription,
)

__all__ = [
    "AcademicYear", "Absence", "Announcement", "BellPeriod", "BellSchedule", "ChainHead", "Consent", "Enrollment",
    "Event", "Guardian", "Guardianship", "Holiday", "Homework", "Lesson", "Mark", "Notice", "Person", "Pseudonym",
    "Remark", "RequestKey", "Revision", "RevisionValue", "Room", "Scale", "School", "SchoolClass", "SchoolSetting",
    "SeededGrant", "SmsDelivery", "SmsInbound", "SmsInboundPart", "SmsLink", "SmsMessage", "SmsPart", "SmsReceipt",
    "SmsSubscription", "Staff", "Student", "Subgroup", "SubgroupMember", "Subject", "Table", "Teaching", "Term", "TermMark",
    "TimetableEntry", "Versioned", "WebSession", "WorkType",
]  # fmt: skip
