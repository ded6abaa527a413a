"""Sentences of the start page's blocks: what a school's set-up lacks, and how the SMS line does."""

from app.services.start_sms import Line
from app.words import _

# Record type of which there is none → what that means; its list is where to add one.
MISSING = {
    "academic_year": _("No academic year contains today."),
    "term": _("No term contains today: nothing can be written in the journal."),
    "bell_period": _("There is no usual bell schedule: lessons have no times."),
    "subject": _("There are no subjects."),
    "work_type": _("There are no work types: every mark needs one."),
    "school_class": _("This academic year has no classes."),
    "teaching": _("Nobody is set down to teach: teachers see no class."),
    "timetable_entry": _("There is no timetable for today."),
    "sms_link": _("There is no SMS link in use: no text goes out."),
}

LINES = {
    Line.GOES: _("Texts go out at once."),
    Line.WAITS: _("Texts go out with a delay."),
    Line.STANDS: _("No text goes out now: no SMS link sends. Nothing is lost; the SMS operator sees why."),
    Line.SILENT: _("Texts go out, but hardly any is delivered. The SMS operator asks whose fault it is."),
    Line.STOPPED: _("The month’s budget is used up: only codes and urgent texts go out; other news wait."),
    Line.NONE: _("No SMS link is set up: no text goes out."),
}
