"""Two sheets of the SMS diary: an A5 leaflet for families and a page for the desk, made from the table of commands."""

from collections.abc import Collection, Sequence
from itertools import zip_longest
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.consent_texts import TEXT_VERSION, consent_text, urgent_text
from app.domain.sms_commands import TABLE, Command, Spoken
from app.domain.sms_replies import word_of
from app.models import SmsLink
from app.services.letters import printed
from app.words import Word, _, speaking

AROUND = {"around_the_rule": True}
LEAFLET, DESK = (Path(__file__).with_name(name) for name in ("sms_leaflet.typ", "sms_desk.typ"))

MEANINGS: dict[Command, Word] = {
    Command.MARKS: _("marks of the last school day; of a day, of the WEEK, or of a subject in the term"),
    Command.HOMEWORK: _("homework for the next school day; for a day, for the WEEK, or of a subject"),
    Command.TIMETABLE: _("lessons of the next school day, or of another one: TODAY, MON, 30.11"),
    Command.AVERAGES: _("averages of the term"),
    Command.DEBTS: _("open debts"),
    Command.ABSENCE: _("the child is away: days and reason may follow; a code confirms it"),
    Command.SIGN: _("the week that is to be signed, and a code by which you sign it"),
    Command.WITHDRAW: _("an absence that you reported by mistake is taken back; a code confirms it"),
    Command.YES: _("you come to the meeting that you were asked about; with a code: do it"),
    Command.NO: _("you do not come; or do not do what was asked back"),
    Command.PAUSE: _("no texts for a while; a code confirms it"),
    Command.STOP: _("no texts any more, at once"),
    Command.START: _("texts again; a code confirms it"),
    Command.HELP: _("what may be texted"),
}
EXAMPLES = {
    "ru": ("ДЗ АНЯ", "ДЗ ПН", "ОЦ МАТЕМ", "2 1", "БОЛ АНЯ ДО ПЯТНИЦЫ", "БОЛ 12.10-14.10 ВРАЧ"),
    "en": ("HW ANNA", "HW MON", "MARKS MATHS", "2 1", "ILL ANNA TILL FRIDAY", "ABSENT 12.10-14.10 DOCTOR"),
}
NOTES = (
    _(
        "Where you have several children, the name or the number of one may follow. Capitals, signs and small typos "
        "do not matter."
    ),
    _("Only the phone that was confirmed hears of your children. An answer costs you nothing, your own text as usual."),
    _("Tell a code to nobody but the school’s office, when you subscribe there."),
)


def number_for_answers(session: Session, school_ids: Collection[int]) -> str:
    """The number that families text to: that of the school's first link that has one."""
    query = (
        select(SmsLink.reply_to)
        .where(SmsLink.school_id.in_(school_ids), SmsLink.reply_to.is_not(None), SmsLink.reply_to != "")
        .order_by(SmsLink.id)
        .limit(1)
    )
    number = session.scalars(query, execution_options=AROUND).first() or ""  # printed for all; families see no links
    return f"+{number}" if number.isdigit() and len(number) > 6 else number


def commands(language: str) -> list[dict[str, str]]:
    """What may be texted, line by line: the digit, the word, its synonyms and what it brings."""
    return [_line(one, language) for one in TABLE if one.command in MEANINGS]


def _line(one: Spoken, language: str) -> dict[str, str]:
    others = (one.en if language == "en" else one.ru)[1:3]
    return {
        "digit": one.digit,
        "word": word_of(one.command, language),
        "others": ", ".join(others).upper(),
        "meaning": str(MEANINGS[one.command]),
    }


def family_leaflet(school: str, number: str, house: str, language: str) -> bytes:
    """The A5 leaflet in that language, as PDF."""
    with speaking(language):
        told = {
            **_common(school, number, language),
            "subscribe": [
                str(
                    _("At {address}: “SMS diary”, choose the child, choose what is told, type the code.", address=house)
                ),
                str(_("Or at the school’s office: sign the consent, and answer the text with YES and its code.")),
            ],
            "house": house,
        }
        return printed(LEAFLET, told)


def desk_sheet(school: str, number: str, language: str, known: Sequence[str] = ()) -> bytes:
    """The page for the desk in that language, as PDF; `known`: guardian, child and phone, written already."""
    with speaking(language):
        steps = (
            _("SMS diary → SMS diary at the desk: type the surname of the guardian or the child, or the phone."),
            _("Choose the line with the right child; a guardian without a right in force is not found."),
            _("Check the phone with the guardian. Choose what is told; “only what needs me” is the usual one."),
            _("The guardian signs the consent below; tick it and save."),
            _("A code goes to the phone. The guardian answers YES and the code, or tells it, and you type it in."),
            _("Hand over the leaflet."),
        )
        told = {
            **_common(school, number, language),
            "steps": [str(step) for step in steps],
            "consent_title": str(_("Consent to the SMS diary, version {version}", version=TEXT_VERSION)),
            "consent": consent_text(language),
            "urgent": urgent_text(language),
            "fields": [
                {"name": str(name), "value": value}
                for name, value in zip_longest(
                    (_("Guardian"), _("Children"), _("Phone"), _("Day and signature")), known, fillvalue=""
                )
            ],
        }  # fmt: skip
        return printed(DESK, told)


def _common(school: str, number: str, language: str) -> dict[str, object]:
    return {
        "language": language,
        "school": school,
        "title": str(_("SMS diary")),
        "number_title": str(_("Text to the number")),
        "number": number or str(_("ask the school’s office")),
        "subscribe_title": str(_("How to subscribe")),
        "text_title": str(_("What to text")),
        "commands": commands(language),
        "examples_title": str(_("Examples")),
        "examples": list(EXAMPLES[language]),
        "notes": [str(note) for note in NOTES],
    }  # fmt: skip
