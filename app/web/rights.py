"""Rights in words: all that a role may hold, by the chapters of the menu. Record types bring their own words along."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from app import records
from app.models.base import OfEveryone, OfNobody, OfOffice, OfSchool
from app.models.school import School
from app.records.journal_words import JOURNAL
from app.records.people import PEOPLE
from app.records.record_type import RecordType
from app.records.sms import SMS
from app.records.words import LABELS
from app.session.actors import ALL, LED, OWN, SCHOOL, TAUGHT
from app.words import Word, _

Grant = tuple[str, str]  # permission, view
FEW = 2  # records of a chapter that are rather named

ACCOUNTS, API, OWN_ACCOUNT, LISTS = _("Accounts"), _("API"), _("Own account"), _("Lists")
MAY_OVERSEE: Grant = ("can_read", "rights_history")
BREADTHS = {
    OWN: _("oneself and the own children"),
    TAUGHT: _("the classes one teaches"),
    LED: _("the class one leads"),
    SCHOOL: _("the whole own school"),
    ALL: _("all schools"),
}
#: What opens a page or an act, with its chapter. A record's own rights are no entry here: they follow from it.
PAGES: Mapping[Grant, tuple[Word, Word]] = {
    ("can_list", "UserDBModelView"): (ACCOUNTS, _("See accounts")),
    ("can_add", "UserDBModelView"): (ACCOUNTS, _("Make accounts")),
    ("can_edit", "UserDBModelView"): (ACCOUNTS, _("Change accounts")),
    ("can_list", "RoleModelView"): (ACCOUNTS, _("See roles")),
    ("can_add", "RoleModelView"): (ACCOUNTS, _("Make roles")),
    ("can_edit", "RoleModelView"): (ACCOUNTS, _("Change roles")),
    MAY_OVERSEE: (ACCOUNTS, _("See who changed rights, who sees a child, and whether the history is whole")),
    ("can_write", "journal_for_others"): (
        JOURNAL,
        _("Write marks and absences in the lessons of others; both names are kept"),
    ),
    ("can_write", "invitation"): (PEOPLE, _("Print letters with codes by which families make their accounts")),
    ("can_write", "data_decision"): (PEOPLE, _("Accept or decline what families ask to change in their own data")),
    ("can_write", "absence_decision"): (JOURNAL, _("Accept or decline the absences that families report")),
    ("can_write", "sending_decision"): (SMS, _("Be the second person who confirms urgent texts to many families")),
    ("can_read", "journal"): (JOURNAL, _("Open the class journals of the classes that one sees")),
    ("can_read", "console"): (SMS, _("Open the SMS console")),
    ("can_write", "console"): (
        SMS,
        _("Act in the SMS console: send again, cancel, pause a link, send a test, retry jobs"),
    ),
    ("can_read_text", "sms_message"): (
        SMS,
        _("Read what the texts of SMS say; without this they are masked everywhere"),
    ),
    ("can_read", "sms_money"): (SMS, _("See what texts cost: budgets, forecast, report, last month replayed")),
    ("can_share", "saved_view"): (LISTS, _("Give a saved view of a list to a whole role")),
    ("can_get", "OpenApi"): (API, _("Read the description of the API")),
    ("can_show", "SwaggerView"): (API, _("Try the API out")),
    ("can_this_form_get", "ResetMyPasswordView"): (OWN_ACCOUNT, _("See the page of the own password")),
    ("can_this_form_post", "ResetMyPasswordView"): (OWN_ACCOUNT, _("Change the own password")),
}


@dataclass(frozen=True)
class Chapter:
    """The rights under one word of the menu: records that are read and written, and what opens a page or an act."""

    title: Word
    records: list[RecordType] = field(default_factory=list)
    acts: dict[Grant, Word] = field(default_factory=dict)


@cache
def chapters() -> tuple[Chapter, ...]:
    """All there is to grant but the breadths; chapters in the order of the menu."""
    found: dict[Word, Chapter] = {}
    for record in records.ALL:
        found.setdefault(record.menu, Chapter(record.menu)).records.append(record)
        for permission in record.permissions:
            grant = (permission, record.name)
            if permission not in ("can_read", "can_write") and grant not in PAGES:
                found[record.menu].acts[grant] = _unmasked(record, permission)
    for grant, (title, word) in PAGES.items():
        found.setdefault(title, Chapter(title)).acts[grant] = word
    return tuple(found.values())


def _unmasked(record: RecordType, permission: str) -> Word:
    names = (name for name, grant in record.guarded.items() if grant == (permission, record.name))
    labels = ", ".join(str(record.labels.get(name) or LABELS[name]) for name in names)
    return _("{records}: read “{fields}”, masked otherwise", records=record.title, fields=labels)


def word_of(grant: Grant) -> Word | None:
    """The right in words; none where it opens nothing."""
    permission, view = grant
    if permission == "can_see" and view in BREADTHS:
        return _("How far: {breadth}", breadth=BREADTHS[view])
    record = _records().get(view)
    if record is not None and permission == "can_read":
        return _("{records}: reads", records=record.title)
    if record is not None and permission == "can_write":
        return _("{records}: writes", records=record.title) if record.fields else None
    return next((chapter.acts[grant] for chapter in chapters() if grant in chapter.acts), None)


@cache
def _records() -> Mapping[str, RecordType]:
    return {record.name: record for record in records.ALL}


def in_one_sentence(grants: Iterable[Grant]) -> list[Word]:
    """What a role with these rights would see and do: one sentence, and one more where rights lead nowhere."""
    held = set(grants)
    breadths = [word for view, word in BREADTHS.items() if ("can_see", view) in held]
    read = [record for record in records.ALL if ("can_read", record.name) in held]
    whole = bool({("can_see", SCHOOL), ("can_see", ALL)} & held)
    common = [record for record in read if _is_common(record)]
    office = [record for record in read if issubclass(record.model, OfOffice)]
    personal = [record for record in read if record not in common and record not in office]
    seen = personal + (office if whole else [])
    said = []
    if seen and breadths:
        said.append(_("sees {whom}: {what}", what=_titles(seen), whom=", ".join(map(str, breadths))))
    if common and ("can_see", ALL) not in held:
        said.append(_("of the own school: {what}", what=_titles(common)))
    elif common:
        said.append(_("of all schools: {what}", what=_titles(common)))
    written = [record for record in records.ALL if ("can_write", record.name) in held and record.fields]
    if written:
        said.append(_("writes: {what}", what=_titles(written)))
    sentences = [_("{said}.", said=_capital("; ".join(map(str, said))))] if said else [_("Sees nothing.")]
    blind = ([] if breadths else personal) + ([] if whole else office)
    if blind:
        sentences.append(_("Of {what} it sees no row: it lacks how far it sees.", what=_titles(blind)))
    return sentences


def _is_common(record: RecordType) -> bool:
    """Seen by whoever belongs to the school, however far they see."""
    return issubclass(record.model, (OfSchool, OfEveryone, OfNobody, School))


def _titles(these: Collection[RecordType]) -> str:
    """Their titles; a whole chapter by its own word."""
    found = []
    for chapter in chapters():
        here = [record for record in chapter.records if record in these]
        if len(here) > FEW and len(here) == len(chapter.records):
            found.append(str(_("all of “{chapter}”", chapter=chapter.title)))
        else:
            found += [_small(str(record.title)) for record in here]
    return ", ".join(found)


def _small(title: str) -> str:
    """As inside a sentence; what is an abbreviation stays one."""
    return " ".join(word if word.isupper() else word.lower() for word in title.split(" "))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
