"""What each setting of a school means, takes and usually is, in words."""

from app.domain.settings import DEFINITIONS, setting_in_force
from app.words import Word, _
from app.words.roles import role_word

SETTING_NAMES = {
    "hold_back_minutes": _("Hold-back pause before a text to families, minutes"),
    "quiet_hours": _("Quiet hours: no texts in them but urgent ones, codes and answers"),
    "old_news_days": _("Days after which what is entered late is told by no text; 0: all is told"),
    "quiet_from": _("Quiet hours begin"),
    "quiet_until": _("Quiet hours end"),
    "immediate_valid_hours": _("A text sent at once is of use for, hours"),
    "digest_valid_hours": _("A digest is of use for, hours"),
    "urgent_valid_hours": _("An urgent text is of use for, hours"),
    "uncertain_grace_seconds": _("Wait for a receipt before an uncertain text is sent again, seconds"),
    "codes_a_day": _("Codes by SMS to one number in a day"),
    "code_parts_a_day": _("Codes by SMS of the school in a day, parts: beyond them no code is sent"),
    "codes_watched_from": _("Codes in an hour from which their use is watched"),
    "codes_used_percent": _(
        "Of the codes of an hour at least so many are used, %; below it new numbers get none; 0: never"
    ),
    "receipt_minutes": _("A receipt of a text is due after, minutes"),
    "least_delivered_percent": _(
        "Of the last texts of a link at least so many are delivered, %; below it an alarm; 0: never"
    ),
    "pause_silent_link": _("A link that delivers too little is paused where another one can send"),
    "email_fallback": _("A text that did not arrive goes to the guardian’s e-mail"),
    "confirmation_families": _("An urgent text to more families than this waits for a second person; 0: never"),
    "failures_to_suspend": _("A number gets no more texts after this many failures in a row; 0: never"),
    "sms_countries": _("Texts go to numbers that begin with, such as 7, 375; “all” for every country"),
    "longest_text_parts": _("Longest text, parts"),
    "sms_answers_a_day": _("Answers by SMS to one number in a day; STOP works beyond them too"),
    "currency": _("Currency of tariffs and budgets, such as RUB"),
    "family_texts_a_month": _("Texts to one phone in a month at most, answers and urgent ones apart; 0: no limit"),
    "idle_lock_minutes": _("A page of staff locks when nobody has used it for, minutes; 0: never"),
    "proof_minutes": _("Before a sensitive act the password is asked again after, minutes"),
    "shortest_password": _("A password has at least, characters"),
    "invitation_days": _("An invitation on paper can be used for, days"),
    "one_time_days": _("A one-time password that was not used yet opens for, days"),
    "free_edit_days": _("Marks and absences are corrected without a reason until, days after the lesson"),
    "threshold_5": _("A 5 for the term is proposed from a mean of"),
    "threshold_4": _("A 4 for the term is proposed from a mean of"),
    "threshold_3": _("A 3 for the term is proposed from a mean of"),
    "least_marks_term": _("A term mark takes at least, marks"),
    "least_marks_half_year": _("A half-year’s mark takes at least, marks"),
    "debt_reminder_days": _("Families are reminded of a debt before its last day, days; 0: not"),
    "file_megabytes": _("A file has at most, MB"),
    "files_megabytes": _("All files of the school have at most, MB"),
    "load_minutes": _("More homework for one day than this is too much, minutes"),
    "remind_to_sign": _("On Monday families are reminded in the diary of a week that nobody has signed"),
    "remind_of_lessons": _("In the evening the diary reminds of the next day’s lessons and of control works"),
    "show_ratings": _("A student and the family see the own place in the class as a range"),
    "second_factor_roles": _("Roles that must give a one-time code too, such as head, secretary; “none” for none"),
}

TAKES = {
    "yes_no": _("Takes yes or no."),
    "time": _("Takes a time such as 08:00."),
    "codes": _("Takes the first digits of numbers, such as 7, 375, or “all”."),
    "roles": _("Takes roles, with commas between them, or “none”."),
    "currency": _("Takes a currency in three letters, such as RUB."),
}
YES, NO = _("yes"), _("no")


def in_use(name: str, written: str) -> Word | str:
    """A value as people read it."""
    definition = DEFINITIONS.get(name)
    if definition is not None and definition.kind == "roles":
        return ", ".join(str(_role(one.strip())) for one in written.split(","))
    if definition is None or definition.kind != "yes_no":
        return written
    return YES if setting_in_force(name, written) else NO


def _role(name: str) -> Word | str:
    return _("none") if name == "none" else role_word(name)


def takes(name: str) -> Word:
    """What may be written, what it is where nothing is, and the name by which the documents tell of it."""
    definition = DEFINITIONS[name]
    bounds = _("Takes {lowest}–{highest}.", lowest=definition.lowest, highest=definition.highest)
    return _(
        "{takes} Usually: {usual}. In the documents: {name}.",
        takes=TAKES.get(definition.kind, bounds),
        usual=in_use(name, definition.default),
        name=name,
    )
