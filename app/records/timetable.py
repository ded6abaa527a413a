"""Record types of the school day: bells and timetable."""

from app.models import BellPeriod, BellSchedule, TimetableEntry
from app.records.checks import all_of, in_order, subgroup_of_class
from app.records.record_type import Imported, RecordType
from app.records.school import office
from app.words import _

TIMETABLE = _("Timetable")

WEEKDAYS = {
    1: _("Monday"),
    2: _("Tuesday"),
    3: _("Wednesday"),
    4: _("Thursday"),
    5: _("Friday"),
    6: _("Saturday"),
    7: _("Sunday"),
}

BELL_SCHEDULES = RecordType(
    model=BellSchedule,
    title=_("Bell schedules"),
    one=_("Bell schedule"),
    menu=TIMETABLE,
    columns=("name", "is_default"),
    fields=("name", "is_default"),
    search=("name",),
    related=("bell_period.bell_schedule",),
    imported=Imported(key=("name",)),
    writes=office,
)

BELL_PERIODS = RecordType(
    model=BellPeriod,
    title=_("Bells"),
    one=_("Bell"),
    menu=TIMETABLE,
    columns=("bell_schedule", "period", "starts_at", "ends_at"),
    fields=("bell_schedule", "period", "starts_at", "ends_at"),
    order=("bell_schedule", "period"),
    inline=("starts_at", "ends_at"),
    imported=Imported(key=("bell_schedule", "period")),
    writes=office,
    check=in_order("starts_at", "ends_at", "time.order"),
)

TIMETABLE_ENTRIES = RecordType(
    model=TimetableEntry,
    title=_("Timetable"),
    one=_("Timetable entry"),
    menu=TIMETABLE,
    columns=("school_class", "weekday", "period", "subject", "subgroup", "teacher", "room"),
    fields=(
        "school_class",
        "weekday",
        "period",
        "subject",
        "subgroup",
        "teacher",
        "room",
        "begins_on",
        "ends_on",
    ),
    search=("subject.name", "school_class.name", "teacher.surname"),
    order=("weekday", "period"),
    choices={"weekday": WEEKDAYS},
    inline=("teacher", "room"),
    bulk=("teacher", "room", "ends_on"),
    imported=Imported(key=("school_class", "weekday", "period", "subject", "subgroup", "begins_on")),
    writes=office,
    check=all_of(in_order("begins_on", "ends_on"), subgroup_of_class),
)
