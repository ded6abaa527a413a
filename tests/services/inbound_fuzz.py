"""What anybody may text, and the promises that hold whatever it is; short in `make test`, long in `make soak`."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.sms_commands import BY_WORD, Command
from app.domain.sms_question import first_command
from app.models import AbsenceNotice, EventAnswer, SmsRequest, SmsSubscription, WeekSignature
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.services.texting import Phones

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
bodies = joined | st.text(signs, max_size=300)


def holds_for_any_texts(phones: Phones, examples: int) -> None:
    """Run so many lists of texts through the door of inbound texts."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(st.tuples(st.sampled_from([KNOWN_PHONE, STRANGER]), bodies), min_size=1, max_size=8))
    def hold(written: list[tuple[str, str]]) -> None:
        _start_anew(phones)
        stopped = False
        for phone, body in written:
            said = phones.says(phone, body)

            if phone == STRANGER:
                assert said == ""
                continue
            stopped = stopped or first_command(body)[0] is Command.STOP
            assert len(said) <= 700
            assert _statuses(phones) == {"stopped" if stopped else "active"}, body  # no change without the right code
        assert _acts(phones) == 0, written

    hold()


def _start_anew(phones: Phones) -> None:
    """Active, answered nothing today, and no code that might be guessed is one of the words."""
    with phones.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sms_message SET created_at = created_at - interval '2 days'")
    with transaction(phones.engine, SEEDER) as session:
        for one in session.scalars(select(SmsSubscription)):
            one.status = "active"
        for request in session.scalars(select(SmsRequest).where(SmsRequest.done_at.is_(None))):
            request.done_at = phones.now


def _statuses(phones: Phones) -> set[str]:
    with transaction(phones.engine, SEEDER) as session:
        return set(session.scalars(select(SmsSubscription.status)))


def _acts(phones: Phones) -> int:
    """What was done in somebody's name."""
    with transaction(phones.engine, SEEDER) as session:
        return sum(len(session.scalars(select(one.id)).all()) for one in (AbsenceNotice, WeekSignature, EventAnswer))
