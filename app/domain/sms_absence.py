"""“БОЛ Маша 12.10-14.10 врач”: who will be away, on which days, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.domain.sms_commands import spellings
from app.domain.sms_days import days_in, usual_day
from app.domain.sms_question import children_named
from app.domain.translit import latin

LONGEST_COMMENT = 500  # as in the diary
#: Reason of the notice → the words that stand for it; the first is said back.
REASONS: dict[str, dict[str, tuple[str, ...]]] = {
    "ill": {
        "ru": (
            "болезнь", "болеет", "болен", "больна", "заболел", "заболела", "температура", "простуда", "грипп", "орви",
        ),
        "en": ("illness", "ill", "sick", "fever", "flu", "cold"),
    },
    "family": {
        "ru": ("семейные", "семейным", "семейное", "семья", "семьи"),
        "en": ("family",),
    },
    "event": {
        "ru": ("соревнования", "соревнование", "олимпиада", "конкурс", "турнир"),
        "en": ("competition", "contest", "tournament"),
    },
    "other": {
        "ru": ("другое", "врач", "врачу", "врача", "поликлиника", "поликлинику", "стоматолог"),
        "en": ("other", "doctor", "dentist"),
    },
}  # fmt: skip
SAID = {
    "ru": {"ill": "болезнь", "family": "по семейным обстоятельствам", "event": "соревнование",
           "other": "другая причина"},
    "en": {"ill": "illness", "family": "family reasons", "event": "competition", "other": "another reason"},
}  # fmt: skip
_FILLERS = frozenset({
    "с", "со", "в", "во", "на", "и", "к", "из", "за", "не", "нет", "будет", "обстоятельствам", "обстоятельства",
    "причинам", "причине", "from", "on", "and", "for", "reasons", "the",
})  # fmt: skip
_REASON_OF = {
    form: reason
    for reason, languages in REASONS.items()
    for words in languages.values()
    for word in words
    for form in (word, latin(word))
}


@dataclass(frozen=True)
class Away:
    """What was understood. `children` are places in the names that were given; `wrong` is a day that there is not."""

    children: tuple[int, ...]
    begins_on: date
    ends_on: date
    reason: str = "ill"
    comment: str = ""
    wrong: str = ""


def away(text: str, names: Sequence[str], now: datetime) -> Away:
    """The absence that the text reports, without its command; `now` in the school's time zone.

    Words that nothing is known of are the comment. The notice is said back before it is sent.

    >>> away("Маша завтра врач", ["Мария"], datetime(2026, 10, 12, 9))
    Away(children=(0,), begins_on=datetime.date(2026, 10, 13), ends_on=datetime.date(2026, 10, 13), reason='other', \
comment='врач', wrong='')
    """
    days = days_in(text, now)
    reason = ""
    children: list[int] = []
    rest: list[str] = []
    for word in days.words:
        forms = spellings(word)
        named = next((_REASON_OF[form] for form in forms if form in _REASON_OF), "")
        child = () if named else children_named([word], names)
        if named:
            reason = reason or named
            rest += [word] if named == "other" else []
        elif child:
            children += child
        elif rest or not any(form in _FILLERS for form in forms):
            rest.append(word)
    first = days.first or usual_day(now)
    return Away(
        tuple(dict.fromkeys(children)), first, days.last or first, reason or "ill", " ".join(rest)[:LONGEST_COMMENT],
        days.wrong,
    )  # fmt: skip
