"""The record types: one plain declaration each, from which everything follows."""

from app.records.announcements import ANNOUNCEMENTS, EVENT_ANSWERS, EVENTS
from app.records.behaviour import BEHAVIOUR_MARKS
from app.records.debts import DEBTS
from app.records.diary import ABSENCE_NOTICES, REMINDERS, WEEK_SIGNATURES
from app.records.files import ATTACHMENTS
from app.records.homework import HOMEWORK
from app.records.journal import ABSENCES, MARKS, REMARKS
from app.records.lessons import LESSONS
from app.records.mail import MAIL_MESSAGES
from app.records.oversight import INCIDENTS, TERM_UNLOCKS
from app.records.own_data import DATA_REQUESTS
from app.records.people import (
    CONSENTS,
    ENROLLMENTS,
    GUARDIANS,
    GUARDIANSHIPS,
    STAFF,
    STUDENTS,
    SUBGROUP_MEMBERS,
    TEACHINGS,
)
from app.records.record_type import RecordType
from app.records.school import (
    ACADEMIC_YEARS,
    HOLIDAYS,
    ROOMS,
    SCALES,
    SCHOOL_CLASSES,
    SCHOOLS,
    SUBGROUPS,
    SUBJECTS,
    TERMS,
    WORK_TYPES,
)
from app.records.settings import SCHOOL_SETTINGS
from app.records.sms import SMS_INBOUND, SMS_MESSAGES, SMS_SUBSCRIPTIONS
from app.records.sms_links import SMS_ERRORS, SMS_LINKS
from app.records.sms_money import SMS_BUDGETS, SMS_TARIFFS
from app.records.sms_numbers import SUSPENDED_NUMBERS
from app.records.term_marks import TERM_MARKS
from app.records.timetable import BELL_PERIODS, BELL_SCHEDULES, TIMETABLE_ENTRIES

ALL: tuple[RecordType, ...] = (
    LESSONS,
    MARKS,
    ABSENCES,
    HOMEWORK,
    REMARKS,
    BEHAVIOUR_MARKS,
    ATTACHMENTS,
    DEBTS,
    TERM_MARKS,
    ABSENCE_NOTICES,
    WEEK_SIGNATURES,
    REMINDERS,
    STUDENTS,
    GUARDIANS,
    GUARDIANSHIPS,
    ENROLLMENTS,
    STAFF,
    TEACHINGS,
    SUBGROUP_MEMBERS,
    CONSENTS,
    DATA_REQUESTS,
    ANNOUNCEMENTS,
    EVENTS,
    EVENT_ANSWERS,
    SCHOOLS,
    ACADEMIC_YEARS,
    TERMS,
    HOLIDAYS,
    SCHOOL_CLASSES,
    SUBGROUPS,
    SUBJECTS,
    SCALES,
    WORK_TYPES,
    ROOMS,
    BELL_SCHEDULES,
    BELL_PERIODS,
    TIMETABLE_ENTRIES,
    TERM_UNLOCKS,
    INCIDENTS,
    SCHOOL_SETTINGS,
    SMS_SUBSCRIPTIONS,
    SMS_MESSAGES,
    SMS_INBOUND,
    SMS_LINKS,
    SMS_ERRORS,
    MAIL_MESSAGES,
    SUSPENDED_NUMBERS,
    SMS_TARIFFS,
    SMS_BUDGETS,
)
