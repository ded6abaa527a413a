"""The tables, one module for each chapter of school life."""

from app.models.access import AccountEvent, RecoveryCode, RequestKey, SecondFactor, SeededGrant, WebSession
from app.models.announcements import Announcement, Event, EventAnswer
from app.models.base import Table, Versioned
from app.models.behaviour import BehaviourMark
from app.models.debts import Debt
from app.models.diary import AbsenceNotice, DiaryVisit, HomeworkDone, Reminder, WeekSignature
from app.models.files import Attachment
from app.models.history import ChainCheck, ChainHead, Pseudonym, Revision, RevisionValue
from app.models.imports import ImportHeader, ImportRun
from app.models.invitations import AccountContact, AccountToken, Invitation, OneTimePassword
from app.models.journal import Absence, Homework, Lesson, Mark, Remark, TermMark
from app.models.mail import MailMessage
from app.models.oversight import Incident, TermUnlock
from app.models.own_data import DataRequest
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
    BellPeriod,
    BellSchedule,
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
from app.models.sms import Notice, SmsDelivery, SmsMessage, SmsPart, SmsReceipt, SmsSubscription
from app.models.sms_inbound import SmsInbound, SmsInboundPart, SmsRequest
from app.models.sms_links import SmsError, SmsLink, SmsSession
from app.models.sms_money import SmsBudget, SmsTariff
from app.models.sms_numbers import SuspendedNumber
from app.models.sms_watch import SmsAlarm, SmsCode
from app.models.views import SavedView

__all__ = [
    "Absence",
    "AbsenceNotice",
    "AcademicYear",
    "AccountContact",
    "AccountEvent",
    "AccountToken",
    "Announcement",
    "Attachment",
    "BehaviourMark",
    "BellPeriod",
    "BellSchedule",
    "ChainCheck",
    "ChainHead",
    "Consent",
    "DataRequest",
    "Debt",
    "DiaryVisit",
    "Enrollment",
    "Event",
    "EventAnswer",
    "Guardian",
    "Guardianship",
    "Holiday",
    "Homework",
    "HomeworkDone",
    "ImportHeader",
    "ImportRun",
    "Incident",
    "Invitation",
    "Lesson",
    "MailMessage",
    "Mark",
    "Notice",
    "OneTimePassword",
    "Person",
    "Pseudonym",
    "RecoveryCode",
    "Remark",
    "Reminder",
    "RequestKey",
    "Revision",
    "RevisionValue",
    "Room",
    "SavedView",
    "Scale",
    "School",
    "SchoolClass",
    "SchoolSetting",
    "SecondFactor",
    "SeededGrant",
    "SmsAlarm",
    "SmsBudget",
    "SmsCode",
    "SmsDelivery",
    "SmsError",
    "SmsInbound",
    "SmsInboundPart",
    "SmsLink",
    "SmsMessage",
    "SmsPart",
    "SmsReceipt",
    "SmsRequest",
    "SmsSession",
    "SmsSubscription",
    "SmsTariff",
    "Staff",
    "Student",
    "Subgroup",
    "SubgroupMember",
    "Subject",
    "SuspendedNumber",
    "Table",
    "Teaching",
    "Term",
    "TermMark",
    "TermUnlock",
    "TimetableEntry",
    "Versioned",
    "WebSession",
    "WeekSignature",
    "WorkType",
]  # fmt: skip
