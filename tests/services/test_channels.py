"""The same facts by further channels: chosen kind by kind, once each, corrected, and asked again about the right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from app.domain.sms_words import phrase
from app.models import (
    AccountContact,
    Consent,
    Guardian,
    Guardianship,
    Lesson,
    MailMessage,
    Mark,
    Notice,
    Remark,
    Reminder,
    SmsDelivery,
    SmsMessage,
    SmsSubscription,
    TermMark,
)
from app.services.channels import base
from app.services.channels.mail_rights import may_still_read
from app.services.channels.read_keys import hash_of
from app.services.deliveries import make_deliveries
from app.services.drafts import Draft
from app.services.mail import fall_back, send_one
from app.services.mail_rendering import rendered
from app.services.settings import SchoolRules
from app.session.actors import COMPOSER, MAILER, REMINDER, SEEDER, Actor
from app.session.engine import transaction
from app.words import _
from config import Settings
from tests.factories import TODAY, MadeSchool, a_mark
from tests.services.test_compose import AROUND, deliver, outbox, save
from tests.services.test_wishes import wish


@dataclass
class Flown:
    id: int
    to: str
    said: list[str]


@dataclass
class Pigeons(base.Channel):
    """A channel that nobody knew of: one class, and its own outbox."""

    name = "pigeon"
    title = _("SMS")
    flown: list[Flown] = field(default_factory=list)

    def addresses(self, session: Any, readers: Sequence[Any]) -> Mapping[int, str]:
        return {row.id: f"loft of {row.guardian_id}" for row in readers}

    def queue(self, session: Any, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
        for draft in drafts:
            if draft.facts:
                bird = Flown(
                    len(self.flown) + 1, draft.address, [phrase(one, draft.rules.words) for one in draft.facts]
                )
                self.flown.append(bird)
                draft.messages = dict.fromkeys(range(len(draft.facts)), bird)


class Nowhere:
    """A post office that must not be asked."""

    def send(self, mail: object) -> None:
        raise AssertionError("nothing may be sent")


@pytest.fixture
def pigeons() -> Iterator[Pigeons]:
    made = Pigeons()
    base.register(made)
    yield made
    base.forget(made.name)


def states(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine, COMPOSER) as session:
        query = select(SmsDelivery.channel, SmsDelivery.state).order_by(SmsDelivery.channel, SmsDelivery.id)
        return [(row.channel, row.state) for row in session.execute(query)]


def mails(engine: Engine) -> list[MailMessage]:
    with transaction(engine, COMPOSER) as session:
        return list(session.scalars(select(MailMessage).order_by(MailMessage.id)))


def test_a_channel_that_nobody_knew_of_is_one_class_and_hears_what_was_chosen_for_it(
    engine: Engine, teacher: Actor, made: MadeSchool, pigeons: Pigeons
) -> None:
    wish(engine, made, channels=["pigeon:marks:at_once", "pigeon:remarks"])
    mark = save(engine, teacher, a_mark(made, value="2"))
    deliver(engine)
    with transaction(engine, teacher) as session:
        session.get_one(Mark, mark.id).value = "4"
    for _again in range(2):
        deliver(engine, and_digests=True)

    first, second = pigeons.flown
    assert first.said == ["матем 2 (ответ) 20.11"]
    assert second.said == ["матем 4 вместо 2 (ответ) 20.11"]
    assert first.to == f"loft of {made.mother.id}"
    assert len(outbox(engine)) == 2  # the texts go on by themselves
    assert states(engine) == [("pigeon", "told"), ("pigeon", "told"), ("sms", "told"), ("sms", "told")]

    wish(engine, made, marks="never", channels=["pigeon:marks"])  # not on the phone, here in the digest
    save(engine, teacher, a_mark(made, value="5", work_type_id=made.test.id))
    deliver(engine)
    assert len(pigeons.flown) == 2
    deliver(engine, and_digests=True)
    assert pigeons.flown[2].said == ["матем 5 (контр) 20.11"]
    assert len(outbox(engine)) == 2

    save(engine, teacher, a_mark(made, value="3", work_type_id=made.test.id))
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))
    wish(engine, made, channels=[])  # between the delivery and its composing
    deliver(engine, and_digests=True)
    assert len(pigeons.flown) == 3
    assert states(engine)[3] == ("pigeon", "dropped")


def test_a_mail_tells_all_children_whole_and_is_taken_back_with_the_right(
    engine: Engine, teacher: Actor, made: MadeSchool, settings: Settings
) -> None:
    by_email = [f"email:{kind}" for kind in ("marks", "remarks", "term_marks")]
    with transaction(engine, SEEDER) as session:
        session.get_one(Guardian, made.mother.id).email = "mama@example.org"
        session.add(Guardianship(guardian_id=made.mother.id, student_id=made.gleb.id, kinship="mother"))
        session.flush()
        session.add(
            SmsSubscription(
                guardian_id=made.mother.id, student_id=made.gleb.id, phone="+79995550000", channels=by_email
            )
        )
    wish(engine, made, channels=by_email, marks="digest", detail="full")
    long = "Читал на перемене вслух. " * 30
    remark = {"lesson_id": made.own_lesson.id, "kind": "praise"}
    save(engine, teacher, Remark(student_id=made.gleb.id, text="Шумел.", **remark))
    deliver(engine, and_digests=True)
    assert (
        mails(engine) == []
    )  # nobody has agreed for this number yet: neither by its code, nor by a click, nor on paper
    agreed = Consent(guardian_id=made.mother.id, phone="+79995550000", kind="sms_diary", means="web")
    save(engine, SEEDER, agreed)
    save(engine, teacher, a_mark(made, value="4"))
    save(engine, teacher, Remark(student_id=made.anna.id, text=long, **remark))
    save(engine, teacher, Remark(student_id=made.gleb.id, text="Помогал.", **remark))
    for _again in range(2):
        deliver(engine, and_digests=True)

    (mail,) = mails(engine)
    assert (mail.address, mail.kind, mail.guardian_id) == ("mama@example.org", "news", made.mother.id)
    assert mail.subject.startswith("Шк 1: Анна, Глеб, ")
    assert mail.body.split("\n\n")[0] == "Анна: отметки\nматем 4 (ответ) 20.11"
    assert f"Похвала (матем): {long.strip()}" in mail.body  # whole, where a text has no room
    assert "Глеб: замечания и похвала\nПохвала (матем): Помогал" in mail.body
    assert [phone for phone, _kind, _text in outbox(engine)] == ["+79990000001"]  # the other phone is not confirmed
    assert mail.read_hash == hash_of(str(mail.path).removeprefix("/read/"))
    plain, html = (
        rendered(mail, "Школа № 1", settings).get_body((form,)).get_content()  # type: ignore[union-attr]
        for form in ("plain", "html")
    )
    assert "<li>матем 4 (ответ) 20.11</li>" in html and "<h2>Анна: отметки</h2>" in html
    assert "\n- матем 4 (ответ) 20.11" in plain and "Прочитано:" in plain

    def may_read() -> bool:
        with transaction(engine, COMPOSER) as session:
            return may_still_read(session, made.school.id, mail.id, TODAY)

    assert may_read()
    with transaction(engine, SEEDER) as session:
        session.scalars(select(Guardianship).where(Guardianship.student_id == made.gleb.id)).one().barred = True
    assert not may_read()
    with transaction(engine, MAILER) as session:  # what waits for a server that was away does not go any more
        send_one(session, mail.id, Nowhere(), settings)
    assert mails(engine)[0].state == "failed" and mails(engine)[0].path is None
    save(engine, teacher, Remark(student_id=made.gleb.id, text="Опоздал.", **remark | {"kind": "remark"}))
    deliver(engine, and_digests=True)
    assert len(mails(engine)) == 1


def test_what_falls_back_to_mail_is_not_told_there_twice(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(Guardian, made.mother.id).email = "mama@example.org"
    wish(engine, made, channels=["email:marks:at_once"], marks="at_once", remarks="at_once", email_fallback=True)

    def fail() -> int:
        """All texts so far do not arrive; how many mails are written for them."""
        deliver(engine)
        with transaction(engine, SEEDER) as session:
            ended = {"state": "undeliverable", "done_at": datetime.now(UTC)}
            session.execute(update(SmsMessage).values(ended), execution_options=AROUND)
        with transaction(engine, MAILER) as session:
            return fall_back(session) + fall_back(session)

    save(engine, teacher, a_mark(made, value="4"))
    assert fail() == 0  # the mark stands in the mail that the mother wants anyway
    save(engine, teacher, a_mark(made, value="5", work_type_id=made.test.id))
    remark = {"lesson_id": made.own_lesson.id, "kind": "praise", "student_id": made.anna.id}
    save(engine, teacher, Remark(text="Помогала", **remark))
    assert fail() == 1

    first, second, rest = (one.body for one in mails(engine))
    assert ("матем 4" in first, "матем 5" in second) == (True, True)
    assert "Анна: Похвала (матем): Помогала. Шк 1" in rest and "матем 5" not in rest


def test_a_student_is_reminded_once_and_only_where_the_family_allows_it(engine: Engine, made: MadeSchool) -> None:
    tomorrow = TODAY + timedelta(days=1)
    with transaction(engine, SEEDER) as session:
        contact = {"kind": "email", "confirmed_at": datetime.now(UTC)}
        session.add(AccountContact(user_id=made.anna.user_id, address="anna@example.org", **contact))
        session.add(AccountContact(user_id=made.mother.user_id, address="mama@example.org", **contact))
    save(engine, REMINDER, Reminder(student_id=made.anna.id, kind="day", about_on=tomorrow, text="матем"))
    deliver(engine, and_digests=True)
    assert mails(engine) == []

    with transaction(engine, SEEDER) as session:
        session.add(Guardianship(guardian_id=made.father.id, student_id=made.anna.id, kinship="father"))
        session.flush()
        session.add(
            SmsSubscription(
                guardian_id=made.father.id, student_id=made.anna.id, phone="+79990000002",
                channels=["student_email:reminders"],
            )
        )  # fmt: skip
    wish(engine, made, channels=["student_email:reminders", "email:reminders"])
    save(engine, REMINDER, Reminder(student_id=made.anna.id, kind="test", about_on=tomorrow, text="русск"))
    save(engine, REMINDER, Reminder(student_id=made.anna.id, kind="sign", about_on=TODAY, text=""))
    deliver(engine, and_digests=True)

    of_anna, of_mother = sorted(mails(engine), key=lambda one: one.address)
    assert (of_anna.address, of_anna.kind, of_anna.path) == ("anna@example.org", "reminder", None)
    assert "русск" in of_anna.body and "Подпишите" not in of_anna.body
    assert of_mother.address == "mama@example.org" and "Подпишите" in of_mother.body


def test_debts_results_and_the_timetable_are_kinds_of_their_own_and_a_two_does_not_wait(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    wish(engine, made, marks="digest", timetable="at_once", term_marks="at_once", low_marks_at_once=True)
    save(engine, teacher, a_mark(made, value="2"))
    save(engine, teacher, a_mark(made, value="5", work_type_id=made.test.id))
    deliver(engine)
    assert [text for _phone, _kind, text in outbox(engine)] == ["Анна: матем 2 (ответ) 20.11. Шк 1"]

    result = TermMark(student_id=made.anna.id, subject_id=made.maths.id, term_id=made.term.id, value="4", reason="рост")
    save(engine, teacher, result)
    deliver(engine)
    assert outbox(engine)[1][2] == "Анна: Итог (2 четверть): матем 4. Шк 1"
    with transaction(engine, teacher) as session:
        session.get_one(TermMark, result.id).value = "5"
    deliver(engine)
    assert outbox(engine)[2][2] == "Анна: Итог (2 четверть): матем 5 вместо 4. Шк 1"

    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    moved = {"school_id": made.school.id, "record": "lesson", "record_id": made.own_lesson.id, "action": "changed"}
    for changes, was, said in (
        ({"period": 3}, {"period": 1}, "{day} ур.3 матем: перенос с ур.1"),
        ({"state": "cancelled"}, {"state": "planned"}, "{day} ур.3 матем отменён"),
    ):
        with transaction(engine, SEEDER) as session:
            given = update(Lesson).where(Lesson.id == made.own_lesson.id).values(date=tomorrow, **changes)
            session.execute(given, execution_options={"around_the_rule": True})
        save(engine, COMPOSER, Notice(**moved, was=was, school_class_id=made.class_5a.id))
        deliver(engine, and_digests=True)  # the evening before has come
        assert [text for _phone, _kind, text in outbox(engine) if said.format(day=f"{tomorrow:%d.%m}") in text]
