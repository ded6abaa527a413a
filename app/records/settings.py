"""The record type of what a school sets for itself, with the meaning of each setting."""

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.settings import DEFINITIONS, read_setting
from app.models import SchoolSetting
from app.records.record_type import RecordType
from app.records.school import SCHOOL, office
from app.services.holding import let_go
from app.session.declarations import Change
from app.words import _
from app.words.roles import WORDS, names_of_role, role_word

SETTING_NAMES = {
    "hold_back_minutes": _("Hold-back pause before a text to families, minutes"),
    "quiet_hours": _("Quiet hours: no texts in them but urgent ones, codes and answers"),
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


def _check_setting(session: Session, setting: SchoolSetting) -> None:
    value = read_setting(setting.name, setting.value)
    if isinstance(value, tuple) and DEFINITIONS[setting.name].kind == "roles":
        _check_roles(session, value)


def _let_texts_go(change: Change) -> None:
    """What the former number of texts held back is looked at again."""
    if change.record.name == "family_texts_a_month":
        let_go(change.session, change.record.school_id)


def _check_roles(session: Session, names: tuple[str, ...]) -> None:
    """A role that is misspelt would quietly go without what the setting asks."""
    known = session.scalars(select(Role.name).order_by(Role.name)).all()
    if not set(names) <= {said for name in known for said in names_of_role(name)}:
        allowed = ", ".join(str(role_word(name)) for name in known if name in WORDS)
        raise InvalidInput("value", "setting.value", allowed=f"{allowed} / none")


SCHOOL_SETTINGS = RecordType(
    model=SchoolSetting,
    title=_("Settings"),
    one=_("Setting"),
    menu=SCHOOL,
    columns=("name", "value"),
    fields=("name", "value"),
    order=("name",),
    choices={"name": {name: SETTING_NAMES[name] for name in DEFINITIONS}},
    inline=("value",),
    writes=office,
    deletes=False,
    check=_check_setting,
    follows=_let_texts_go,
)
