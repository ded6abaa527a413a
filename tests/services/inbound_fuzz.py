"""What anybody may text, and the promises that hold whatever it is; short in `make test`, long in `make soak`."""

import unicodedata
from itertools import chain

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.sms_absence import LONGEST_COMMENT, away
from app.domain.sms_commands import BY_WORD, Command
from app.domain.sms_days import LONGEST_READ, days_in
from app.domain.sms_question import Known, first_command, understood
from app.domain.sms_replies import echo
from app.domain.sms_text import decoded
from app.models import AbsenceNotice, Consent, EventAnswer, SmsRequest, SmsSubscription, WeekSignature
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.services.texting import EVENING, Phones

NOW = EVENING  # a Friday
KNOWN_PHONE, STRANGER = "+79990000001", "+79991234567"
OTHERS = (
    "Анна",
    "матем",
    "завтра",
    "1",
    "2",
    "99",
    "4821",
    "ДА 0000",
    "стопп",
    "?",
    "№",
    "12.10-14.10",
    "до пт",
    "врач",
)
words = st.sampled_from([*sorted(BY_WORD), *OTHERS])
signs = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
joined = st.lists(words, max_size=6).map(" ".join) | st.lists(words, max_size=3).map("".join)

# What a keyboard, an operator or an enemy makes of a text: the same to the eye, another to a machine.
SPOILED = (
    lambda text: "\u0301".join(text),  # accents that combine
    lambda text: f"\u202e{text}\u202c",  # from right to left
    lambda text: "\u200b".join(text),
    lambda text: text.translate({ord("0") + n: 0xFF10 + n for n in range(10)}),  # full width
    lambda text: text.translate({ord("0") + n: 0x0660 + n for n in range(10)}),  # Arabic
    lambda text: text.replace("0", "O").replace("о", "0"),
    lambda text: text.replace("i", "ı").replace("s", "ſ").replace("k", "\u212a").replace("в", "\u1c80"),
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text[::-1],
    str.swapcase,
    str.upper,
    lambda text: text.replace(" ", "\r\n"),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: f"id:7 sub:001 dlvrd:001 submit date:2611201200 done date:2611201201 stat:DELIVRD err:000 text:{text}",
    lambda text: f"{text} получено. Это автоответ",
    lambda text: text * 40,
    lambda text: f"{text} " * 400,
)
spoiled = st.builds(lambda spoil, text: spoil(text), st.sampled_from(SPOILED), joined)
LATIN_MONTHS = ("января", "maya", "iyun", "ıyun", "sept", "ſept", "окт", "feb", "DEC", "фувраля")
numbers = st.sampled_from(["0", "00", "1", "12", "29", "30", "31", "32", "99", "9999999999", "²", "١"])
years = st.sampled_from(["", ".26", ".00", ".0000", ".0001", ".2027", ".9999", ".99999", "/1"])
days = (
    st.builds("{}.{}{}".format, numbers, numbers, years)
    | st.sampled_from(["31.12.9999", "29.02", "31.02", "01.01.0001", "29.2.2028"])
    | st.builds("{} {}".format, numbers, st.sampled_from(LATIN_MONTHS))
    | st.sampled_from(["пн", "среды", "sunday", "завтра", "tomorrow", "послезавтра", "вчера"])
)
between = st.sampled_from([" ", "-", "–", " по ", " до ", " to ", " - до ", "--", "", ","])
spans = st.builds("{}{}{}{}{}".format, days, between, days, between, days)
before = st.sampled_from(
    ["БОЛ ", "6", "ill ", "ДА ", "нет ", "ОТМЕНА ", "cancel ", "ДЗ ", "оц", "бол Анна с ", "пауза "]
)
dated = st.builds("{}{}{}".format, before, spans | days, st.sampled_from(["", " врач", " 1", " 4821", " ДА"]))
garbled = st.builds(decoded, st.binary(max_size=300), st.sampled_from([0, 1, 3, 4, 6, 8, 9, 0xF5]))
bodies = joined | spoiled | dated | garbled.map(lambda text: text.replace("\0", "")) | st.text(signs, max_size=300)
CODE, WRONG = "{code}", "{wrong}"  # the right one, from whoever has no business with it; one that is nearly right
stolen = st.sampled_from(["ДА {code}", "{code}", "да{code}", "YES {code} СТОП", "ОТМЕНА {code}", "6 {code}"])
guessed = st.sampled_from(
    ["ДА {wrong}", "{wrong}", "да{wrong}", "YES {wrong} {code}", "ДА {code}{code}", "ОТМЕНА {code}"]
)
asking = st.sampled_from(["БОЛ", "6 завтра", "ill till friday", "ПАУЗА", "ПОДП", "ДА", "бол 23.11-25.11 врач"])


def any_text_is_understood(examples: int) -> None:
    """What a text means, without a school behind it: quick, and so with many more of them."""
    of_family = Known(("Анна", "Пётр"), {1: ("математика", "матем", "mat"), 2: ("", "", "")})

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(dated | bodies)
    def hold(written: str) -> None:
        asked = understood(written, of_family)
        assert set(asked.children) <= {0, 1} and set(asked.subjects) <= {1, 2}
        told = away(written, of_family.children, NOW)
        assert set(told.children) <= {0, 1} and len(told.comment) <= LONGEST_COMMENT
        assert echo(told.wrong).isprintable() and echo(asked.strange).isprintable()
        assert len(days_in(written, NOW).words) <= LONGEST_READ

    hold()


def holds_for_any_texts(phones: Phones, examples: int) -> None:
    """Run so many lists of texts through the door of inbound texts."""
    by_anyone = st.tuples(st.sampled_from([KNOWN_PHONE, KNOWN_PHONE, STRANGER]), dated | bodies).map(lambda one: [one])
    by_a_thief = st.builds(lambda asked, said: [(KNOWN_PHONE, asked), (STRANGER, said)], asking, stolen)
    by_guessing = st.builds(lambda asked, said: [(KNOWN_PHONE, asked), (KNOWN_PHONE, said)], asking, guessed)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(by_anyone | by_a_thief | by_guessing, min_size=1, max_size=8))
    def hold(written: list[list[tuple[str, str]]]) -> None:
        _start_anew(phones)
        stopped = False
        for phone, body in chain.from_iterable(written):
            said = phones.says(phone, _with_codes(phones, body))

            assert phones.states()[-1] != "new"
            if phone == STRANGER:
                assert said == "" and phones.states()[-1] == "stranger"
                continue
            assert phones.states()[-1] == "handled", body  # nothing fails
            stopped = stopped or first_command(body)[0] is Command.STOP
            assert 0 < len(said) <= 700
            assert _statuses(phones) == {"stopped" if stopped else "active"}, body  # no change without the right code
        assert _acts(phones) == 0, written

    hold()


def _start_anew(phones: Phones) -> None:
    """Active, answered nothing today, and no code that might be guessed is one of the words."""
    with phones.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM sms_message")
        connection.exec_driver_sql("DELETE FROM sms_inbound")
    with transaction(phones.engine, SEEDER) as session:
        for one in session.scalars(select(SmsSubscription)):
            one.status = "active"
        for consent in session.scalars(select(Consent)):
            consent.withdrawn_at = None
        for request in session.scalars(select(SmsRequest).where(SmsRequest.done_at.is_(None))):
            request.done_at = phones.now


def _with_codes(phones: Phones, body: str) -> str:
    """The code that waits for the known phone, and its neighbour, set in."""
    if "{" not in body:
        return body
    with transaction(phones.engine, SEEDER) as session:
        code = session.scalars(select(SmsRequest.code).where(SmsRequest.done_at.is_(None))).first() or "4821"
    return body.replace(CODE, code).replace(WRONG, f"{(int(code) + 1) % 10_000:04}")


def _statuses(phones: Phones) -> set[str]:
    with transaction(phones.engine, SEEDER) as session:
        return set(session.scalars(select(SmsSubscription.status)))


def _acts(phones: Phones) -> int:
    """What was done in somebody's name."""
    with transaction(phones.engine, SEEDER) as session:
        return sum(len(session.scalars(select(one.id)).all()) for one in (AbsenceNotice, WeekSignature, EventAnswer))
