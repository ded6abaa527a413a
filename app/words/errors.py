"""The sentence for each error key: what is wrong, and what is allowed."""

from app.domain.errors import SchoolError
from app.words import Word, _

SENTENCES = {
    "absence.already": _("The student already has an absence in this lesson."),
    "absence.has_mark": _("The student has a mark in this lesson; only “late” stands beside a mark."),
    "announcement.empty": _("Write the title and the text."),
    "choice": _("Takes one of: {allowed}."),
    "conflict.changed": _("Somebody else has changed this meanwhile. Reload to see the newest version."),
    "conflict.in_use": _("Other records hang on this one; it cannot be deleted."),
    "conflict.stands_already": _("There is one like this already."),
    "conflict.version": _("You edited version {given}; the newest is {newest}. Nothing was changed."),
    "date.outside_year": _("Lies outside the academic year: from {first} to {last}."),
    "date.no_term": _("No term of the school contains this day."),
    "date.order": _("The last day lies before the first."),
    "date.required": _("Give a day as DD.MM.YYYY."),
    "due.before_lesson": _("The due day lies before the lesson’s."),
    "email.wrong": _("An e-mail address looks like name@example.org."),
    "guardian.not_of_student": _("This guardian does not stand beside this student."),
    "lesson.cancelled": _("The lesson was cancelled."),
    "lesson.has_entries": _("Something is written in this lesson; its class, subject and day stay."),
    "link.from_settings": _("ZVONOK_SMSC_URL says this; change it there, and start anew."),
    "link.host": _("A host is a name such as smsc.example.org, or an address."),
    "link.login": _("A login for HTTP has no colon."),
    "link.ascii": _("Takes at most {limit} Latin characters, digits and signs."),
    "mark.out_of_scale": _("A mark is {allowed}, not {given}."),
    "not_allowed": _("You may not do this."),
    "not_allowed.row": _("You may not write this record."),
    "not_found": _("There is no such record."),
    "number": _("Takes a number from {lowest} to {highest}."),
    "phone.unconfirmed": _("The phone is not confirmed yet."),
    "phone.wrong": _("A phone number looks like +7 999 123-45-67."),
    "relation.unknown": _("Choose one of those found."),
    "request_key.other": _("This key was used for another request."),
    "required": _("This field is required."),
    "school.which": _("Name the school."),
    "setting.unknown": _("There is no such setting; choose one of the list."),
    "setting.value": _("Takes {allowed}."),
    "sms.too_long": _("The text is too long for SMS: {given} parts, at most {most}."),
    "student.not_in_class": _("The student is not in this lesson’s class on that day."),
    "student.not_in_subgroup": _("The student is not in this lesson’s subgroup."),
    "subgroup.other_class": _("The subgroup belongs to another class."),
    "term.closed": _("The term is closed."),
    "term.outside_year": _("The term lies outside its academic year: from {first} to {last}."),
    "text.control": _("Contains a character that cannot be kept (code {code})."),
    "text.empty": _("Write something."),
    "text.too_long": _("Takes at most {limit} characters, has {given}."),
    "time.order": _("The end lies before the beginning."),
    "unavailable": _("A part of the system is away for the moment. Try again soon."),
    "unknown_field": _("There is no such field."),
    "view.name": _("A view has a name of 1 to {limit} characters."),
    "view.too_long": _("The list is narrowed by too much to be kept as a view."),
    "view.too_many": _("You have {most} views of this list. Delete one of them first."),
    "wrong_type": _("Takes {allowed}."),
}


def sentence(error: SchoolError) -> str:
    """The error in the reader's language."""
    known = SENTENCES.get(error.key)
    if known is None:
        return str(SENTENCES["not_allowed"])
    return str(Word(known.text, **error.figures)) if error.figures else str(known)
