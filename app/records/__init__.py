"""The record types: one plain declaration each, from which everything follows."""

from app.records.announcements import ANNOUNCEMENTS, EVENTS
from app.records.journal import ABSENCES, HOMEWORK, LESSONS, MARKS, REMARKS, TERM_MARKS
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
    BELL_PERIODS,
    BELL_SCHEDULES,
    HOLIDAYS,
    ROOMS,
    SCALES,
    SCHOOL_CLASSES,
    SCHOOL_SETTINGS,
    SCHOOLS,
    SUBGROUPS,
    SUBJECTS,
    TERMS,
    TIMETABLE_ENTRIES,
    WORK_TYPES,
)
from app.records.sms import SMS_INBOUND, SMS_LINKS, SMS_MESSAGES, SMS_SUBSCRIPTIONS

ALL: tuple[RecordType, ...] = (
    LESSONS,
    MARKS,
    ABSENCES,
    HOMEWORK,
    REMARKS,
    TERM_MARKS,
    STUDENTS,
    GUARDIANS,
    GUARDIANSHIPS,
    ENROLLMENTS,
    STAFF,
    TEACHINGS,
    SUBGROUP_MEMBERS,
    CONSENTS,
    ANNOUNCEMENTS,
    EVENTS,
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
    SCHOOL_SETTINGS,
    SMS_SUBSCRIPTIONS,
    SMS_MESSAGES,
    SMS_INBOUND,
    SMS_LINKS,
)
