"""The sentence for each error key: what is wrong, and what is allowed."""

from app.domain.errors import SchoolError
from app.words import Word, _

SENTENCES = {
    "absence.already": _("The student already has an absence in this lesson."),
    "absence.has_mark": _("The student has a mark in this lesson; only “late” stands beside a mark."),
    "account.beyond": _(
        "This account belongs to another school too, or sees all schools: whoever administers all schools changes it."
    ),
    "announcement.empty": _("Write the title and the text."),
    "cell.not_taken": _("A cell takes {allowed}, and н б у о for an absence; not “{given}”."),
    "cell.too_many": _("A cell takes at most {most} marks."),
    "choice": _("Takes one of: {allowed}."),
    "conflict.changed": _("Somebody else has changed this meanwhile. Reload to see the newest version."),
    "conflict.in_use": _("Other records hang on this one; it cannot be deleted."),
    "conflict.stands_already": _("There is one like this already."),
    "conflict.version": _("You edited version {given}; the newest is {newest}. Nothing was changed."),
    "contact.taken": _("There is an account with this already. Sign in with it below, or recover its password."),
    "contact.wrong": _("Takes an e-mail like name@example.org or a phone like +7 999 123-45-67."),
    "data_request.barred": _(
        "This person stands beside that child already, with a right that has ended or is barred. The office decides "
        "about it in the list of guardianships."
    ),
    "data_request.child_not_found": _("Choose the student who is meant."),
    "data_request.decided": _("This request was decided or withdrawn meanwhile. Nothing was changed."),
    "data_request.nothing": _("Change at least one of the data."),
    "data_request.office": _("Only the school’s office links a child: it has to see the documents."),
    "data_request.right_ended": _(
        "No child of the school is linked to this person any more, so nothing can be changed by a request."
    ),
    "data_request.stands": _("One such request waits already. Withdraw it to ask for something else."),
    "data_request.too_many": _("That is many requests for one day. Turn to the class teacher or the school’s office."),
    "date.outside_year": _("Lies outside the academic year: from {first} to {last}."),
    "date.no_term": _("No term of the school contains this day."),
    "date.order": _("The last day lies before the first."),
    "date.required": _("Give a day as DD.MM.YYYY."),
    "due.before_lesson": _("The due day lies before the lesson’s."),
    "email.wrong": _("An e-mail address looks like name@example.org."),
    "guardian.not_of_student": _("This guardian does not stand beside this student."),
    "import.bomb": _("The workbook unpacks to far more than a school’s list; it was not opened."),
    "import.broken": _("The file is damaged. Open it in a spreadsheet program and save it anew as .xlsx."),
    "import.class": _("A class looks like 5А or 11, not “{given}”."),
    "import.clock": _("A time looks like 8:30."),
    "import.contradicts": _("Row {row} says “{given}” of the same person; say the same in both."),
    "day.future": _("This day has not come yet."),
    "import.day": _("A day looks like 12.03.2015."),
    "import.doubled_column": _("“{column}” stands twice, in the columns {first} and {second}. Leave one."),
    "import.empty": _("The file is empty."),
    "import.failed": _(
        "This could not be finished, and nothing was saved. If it happens again, tell whoever keeps the server."
    ),
    "import.forgotten": _("The file was forgotten meanwhile. Upload it again."),
    "import.formula": _("The cell holds a formula. Put its value there: copy it and paste it as values."),
    "import.full_name": _("Give surname and given name."),
    "import.guardian_without_name": _("Here stands something of a guardian, but no name."),
    "import.meanwhile": _("The school’s records have changed since the check."),
    "import.merged": _("The cells {range} are merged. Unmerge them, so that each row tells its own."),
    "import.missing_column": _("There is no column “{column}”."),
    "import.no_file": _("Choose a file."),
    "import.no_lesson": _("There is no such lesson in the journal: {given}."),
    "import.no_such": _("There is no “{given}”, and you may not add it."),
    "import.no_workbook": _("This is no workbook. Upload an .xlsx file, best the downloaded one filled in."),
    "import.no_year": _("The school has no academic year yet."),
    "import.not_found": _("There is no “{given}” here, or not for you."),
    "import.one_phone": _("Give one phone: of several, the one for news."),
    "import.other_class": _(
        "The student stands in class {given}. An import moves nobody; change the enrollment by hand."
    ),
    "import.password": _("The file is locked by a password. Save it without one."),
    "import.picture": _("This is a picture or a PDF. Upload an .xlsx file."),
    "import.several": _("Several such records stand already; change the one that is meant by hand."),
    "import.teaches": _("What is taught looks like “Algebra: 7А, 7Б; Geometry: 7А”, not “{given}”."),
    "import.too_large": _("The file is larger than {limit} MB."),
    "import.too_many_rows": _("The file has more than {limit} rows."),
    "import.twice": _("The same person stands in row {row} already."),
    "import.two_leaders": _("This class has another class teacher in row {row}."),
    "import.urgent_without_phone": _("Who agreed to urgent news needs a phone."),
    "import.which_subgroup": _("The class has several such lessons at that hour; name the subgroup."),
    "import.xls": _("This is an old .xls workbook. Open it and save it as .xlsx."),
    "import.yes_no": _("Takes yes or no."),
    "invitation.dead": _("This code opens nothing (any more)."),
    "lesson.cancelled": _("The lesson was cancelled."),
    "lesson.holiday": _("This day is a holiday: {name}."),
    "lesson.published": _("Families have seen marks of this column already; it cannot become a draft."),
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
    "password.common": _(
        "This is made of words that everybody tries first. Take several words that do not belong together."
    ),
    "password.length": _("A password has {least} to {most} characters."),
    "password.own": _("This is made of your names, which whoever guesses tries first. Take other words."),
    "password.rows": _("Digits alone, rows of the keyboard and repeated signs are guessed first. Take several words."),
    "phone.unconfirmed": _("The phone is not confirmed yet."),
    "phone.wrong": _("A phone number looks like +7 999 123-45-67."),
    "relation.unknown": _("Choose one of those found."),
    "request_key.other": _("This key was used for another request."),
    "required": _("This field is required."),
    "role.beyond": _("This role reaches beyond your school; whoever administers all schools changes it. Copy it."),
    "role.held": _("The role cannot be deleted: accounts that have it: {count}. Take it from them first."),
    "role.of_letters": _("This role stays: the letters with codes give it."),
    "school.which": _("Name the school."),
    "setting.unknown": _("There is no such setting; choose one of the list."),
    "setting.value": _("Takes {allowed}."),
    "sms.too_long": _("The text is too long for SMS: {given} parts, at most {most}."),
    "student.left": _("The student left this class on {day}."),
    "student.not_yet": _("The student came to this class on {day}."),
    "student.not_yours": _("This student is not in your journal (any more)."),
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
