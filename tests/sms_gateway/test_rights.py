"""What was right when a message was composed is asked again before it leaves: rights, consent, time, quiet hours."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually

PHONE = "+79990000001"


def test_a_message_whose_time_is_over_is_not_sent(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    late = outbox.queue("late", expires_in=-1)
    start(simulator.smpp_port)
    fresh = outbox.queue("fresh")

    outbox.becomes(fresh, "delivered")

    assert outbox.becomes(late, "expired")["error"]
    assert simulator.texts(PHONE) == ["fresh"]


def test_a_message_is_not_sent_before_its_time(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    (later,) = outbox.rows("SELECT now() + interval '1 hour' AS at")
    early = outbox.queue("tomorrow", due_at=later["at"])
    start(simulator.smpp_port)
    outbox.becomes(outbox.queue("now"), "delivered")

    assert outbox.state(early) == "queued"
    assert simulator.texts(PHONE) == ["now"]


def subscribed(outbox: Outbox, **changes: object) -> dict[str, int]:
    """A guardian with a subscription and consent to urgent news."""
    values = {
        "barred": False,
        "ends_on": None,
        "status": "active",
        "subscribed": PHONE,
        "withdrawn": False,
        "closed": False,
        "has_left": False,
        "diary_withdrawn": False,
    }
    values |= changes
    (row,) = outbox.rows(
        "WITH a AS (INSERT INTO ab_user (first_name, last_name, username, password, active, email)"
        "  VALUES ('M', 'I', 'guardian', '', %s, 'guardian@school.invalid') RETURNING id),"
        " s AS (INSERT INTO student (school_id, surname, given_name, patronymic, version)"
        " VALUES (1, 'I', 'A', '', 1) RETURNING id),"
        " g AS (INSERT INTO guardian (school_id, surname, given_name, patronymic, phone, user_id, version)"
        "  SELECT 1, 'I', 'M', '', '+79990000001', a.id, 1 FROM a RETURNING id),"
        " gs AS (INSERT INTO guardianship (school_id, guardian_id, student_id, kinship, barred, ends_on, version)"
        "  SELECT 1, g.id, s.id, 'mother', %s, %s, 1 FROM s, g),"
        " c AS (INSERT INTO consent (school_id, guardian_id, phone, kind, means, text_version, withdrawn_at, version)"
        "  SELECT 1, g.id, '+79990000001', 'urgent', 'paper', '1', CASE WHEN %s THEN now() END, 1 FROM g)"
        " INSERT INTO sms_subscription (school_id, guardian_id, student_id, phone, status, language, script, marks,"
        "  absences, remarks, homework, announcements, digest_at, digest_days, version)"
        " SELECT 1, g.id, s.id, %s, %s, 'ru', 'cyrillic', 'at_once', 'at_once', 'digest', 'digest', 'digest', '18:00',"
        "  '{1}', 1 FROM s, g RETURNING id AS subscription_id, guardian_id",
        not values["closed"],
        values["barred"],
        values["ends_on"],
        values["withdrawn"],
        values["subscribed"],
        values["status"],
    )
    if values["has_left"]:
        outbox.connection.execute(
            "WITH y AS (INSERT INTO academic_year (school_id, name, begins_on, ends_on, version)"
            "  VALUES (1, 'Y', '2019-09-01', '2020-05-31', 1) RETURNING id),"
            " c AS (INSERT INTO school_class (school_id, academic_year_id, name, grade_level, version)"
            "  SELECT 1, id, '5A', 5, 1 FROM y RETURNING id)"
            " INSERT INTO enrollment (school_id, student_id, school_class_id, begins_on, ends_on, version)"
            " SELECT 1, g.student_id, c.id, '2019-09-01', '2020-01-15', 1 FROM c, guardianship g"
        )
    if values["diary_withdrawn"]:
        outbox.connection.execute(
            "INSERT INTO consent (school_id, guardian_id, phone, kind, means, text_version, withdrawn_at, version)"
            " VALUES (1, %s, '+79990000001', 'sms_diary', 'paper', '2', now(), 1)", (row["guardian_id"],),
        )  # fmt: skip
    return row


@pytest.mark.parametrize("kind", ["immediate", "digest", "weekly", "urgent"])
def test_a_subscriber_with_all_rights_is_sent_to(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, kind: str
) -> None:
    start(simulator.smpp_port)

    outbox.becomes(outbox.queue(kind=kind, **subscribed(outbox)), "delivered")


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("immediate", {"status": "stopped"}),
        ("digest", {"status": "paused"}),
        ("weekly", {"subscribed": "+79990000009"}),
        ("immediate", {"barred": True}),
        ("digest", {"ends_on": date(2020, 1, 1)}),
        ("immediate", {"closed": True}),
        ("digest", {"has_left": True}),
        ("urgent", {"has_left": True}),
        ("immediate", {"diary_withdrawn": True}),
        ("urgent", {"withdrawn": True}),
        ("urgent", {"barred": True}),
    ],
)
def test_a_right_that_has_ended_meanwhile_cancels_the_message(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, kind: str, change: dict[str, object]
) -> None:
    waiting = outbox.queue(kind=kind, **subscribed(outbox, **change))
    start(simulator.smpp_port)
    outbox.becomes(outbox.queue("to another", phone="+79990000005"), "delivered")

    row = outbox.becomes(waiting, "cancelled")

    assert row["error"]
    assert row["done_at"]
    assert simulator.texts(PHONE) == []


def told_of(outbox: Outbox, message: int, subscription_id: int, guardian_id: int) -> int:
    """A mark that this text tells by the subscription; its delivery."""
    (row,) = outbox.rows(
        "WITH n AS (INSERT INTO notice (school_id, record, record_id, action, urgent, trace, delivered_at)"
        "  VALUES (1, 'mark', 1, 'added', false, '', now()) RETURNING id)"
        " INSERT INTO sms_delivery (school_id, notice_id, subscription_id, guardian_id, record, record_id, kind, state,"
        "  due_at, told, sms_message_id)"
        " SELECT 1, n.id, %s, %s, 'mark', 1, 'immediate', 'told', now() - interval '1 day', '5', %s FROM n"
        " RETURNING id",
        subscription_id,
        guardian_id,
        message,
    )
    return int(row["id"])


def test_a_text_of_two_children_does_not_go_when_one_may_not_be_told_of_any_more_and_the_others_facts_are_not_lost(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    """Nor does one that waited too long: what it says is left to the next digest."""
    given = subscribed(outbox)
    (brother,) = outbox.rows(
        "WITH s AS (INSERT INTO student (school_id, surname, given_name, patronymic, version)"
        "  VALUES (1, 'I', 'B', '', 1) RETURNING id),"
        " gs AS (INSERT INTO guardianship (school_id, guardian_id, student_id, kinship, barred, version)"
        "  SELECT 1, %s, s.id, 'mother', false, 1 FROM s RETURNING student_id)"
        " INSERT INTO sms_subscription (school_id, guardian_id, student_id, phone, status, language, script, marks,"
        "  absences, remarks, homework, announcements, digest_at, digest_days, version)"
        " SELECT 1, %s, gs.student_id, %s, 'active', 'ru', 'cyrillic', 'at_once', 'at_once', 'digest', 'digest',"
        "  'digest', '18:00', '{1}', 1 FROM gs RETURNING id",
        given["guardian_id"],
        given["guardian_id"],
        PHONE,
    )
    (later,) = outbox.rows("SELECT now() + interval '1 hour' AS at")
    both, alone, stale = (outbox.queue(said, **given, due_at=later["at"]) for said in ("both", "alone", "stale"))
    pairs = [(both, given["subscription_id"]), (both, brother["id"]), (alone, given["subscription_id"])]
    pairs.append((stale, given["subscription_id"]))
    for message, subscription in pairs:
        told_of(outbox, message, subscription, given["guardian_id"])
    outbox.connection.execute("UPDATE sms_message SET due_at = now(), expires_at = now() WHERE id = %s", (stale,))
    outbox.connection.execute("UPDATE sms_message SET due_at = now() WHERE id = %s", (both,))
    start(simulator.smpp_port)
    outbox.becomes(both, "delivered")
    outbox.becomes(stale, "cancelled")

    second = outbox.queue("both again", **given, due_at=later["at"])
    for subscription in (given["subscription_id"], brother["id"]):
        told_of(outbox, second, subscription, given["guardian_id"])
    outbox.connection.execute("UPDATE sms_subscription SET status = 'stopped' WHERE id = %s", (brother["id"],))
    outbox.connection.execute("UPDATE sms_message SET due_at = now() WHERE state = 'queued'")
    outbox.becomes(alone, "delivered")

    assert "не действует" in outbox.becomes(second, "cancelled")["error"]
    assert simulator.texts(PHONE) == ["both", "alone"]
    waiting = outbox.rows(
        "SELECT subscription_id, told, due_at < now() - interval '1 hour' AS is_old FROM sms_delivery"
        " WHERE state = 'due' AND sms_message_id IS NULL ORDER BY id"
    )
    assert [(row["subscription_id"], row["told"], row["is_old"]) for row in waiting] == [
        (given["subscription_id"], None, True),  # the stale one: by its hour the composer knows that it is
        (given["subscription_id"], None, False),
        (brother["id"], None, False),
    ]


def test_to_a_suspended_number_go_codes_and_answers_only(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    rights = subscribed(outbox)
    outbox.rows(
        "INSERT INTO suspended_number (school_id, guardian_id, phone, failures, error)"
        " VALUES (1, %s, %s, 3, '') RETURNING id",
        rights["guardian_id"],
        PHONE,
    )
    waiting = [outbox.queue(kind=kind, **rights) for kind in ("urgent", "immediate", "digest")]
    start(simulator.smpp_port)
    for kind in ("code", "reply"):
        outbox.becomes(outbox.queue(kind, kind=kind), "delivered")

    for message in waiting:
        assert "приостановлен" in outbox.becomes(message, "rejected")["error"]
    assert sorted(simulator.texts(PHONE)) == ["code", "reply"]


def test_urgent_news_go_also_where_the_account_is_closed(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port)

    outbox.becomes(outbox.queue(kind="urgent", **subscribed(outbox, closed=True)), "delivered")


@pytest.mark.parametrize("enrolled", ["is", "was", "never"])
def test_urgent_news_of_a_class_go_only_for_a_child_in_it(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, enrolled: str
) -> None:
    """The guardian may still hear of one child, of whom these news are not: the other's guardian no more."""
    given = subscribed(outbox)
    (made,) = outbox.rows(
        "WITH y AS (INSERT INTO academic_year (school_id, name, begins_on, ends_on, version)"
        "  VALUES (1, 'Y', '2026-09-01', '2027-05-31', 1) RETURNING id)"
        " INSERT INTO school_class (school_id, academic_year_id, name, grade_level, version)"
        " SELECT 1, id, '5A', 5, 1 FROM y RETURNING id"
    )
    urgent = outbox.queue(kind="urgent", **given, due_at=datetime.now(UTC) + timedelta(hours=1))
    outbox.connection.execute(
        "WITH n AS (INSERT INTO notice (school_id, record, record_id, action, urgent, school_class_id, trace)"
        "  VALUES (1, 'announcement', 1, 'added', true, %s, '') RETURNING id)"
        " INSERT INTO sms_delivery (school_id, notice_id, guardian_id, record, record_id, kind, state, due_at,"
        "  sms_message_id) SELECT 1, n.id, %s, 'announcement', 1, 'urgent', 'told', now(), %s FROM n",
        (made["id"], given["guardian_id"], urgent),
    )
    if enrolled != "never":
        outbox.connection.execute(
            "INSERT INTO enrollment (school_id, student_id, school_class_id, begins_on, ends_on, version)"
            " SELECT 1, student_id, %s, '2020-09-01', %s, 1 FROM guardianship",
            (made["id"], date(2020, 9, 2) if enrolled == "was" else None),
        )
    outbox.connection.execute("UPDATE sms_message SET due_at = now()")

    start(simulator.smpp_port)

    row = outbox.becomes(urgent, "delivered", "cancelled")
    assert row["state"] == ("delivered" if enrolled == "is" else "cancelled")


def test_in_quiet_hours_news_wait_for_the_morning_and_what_cannot_wait_goes(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    (local,) = outbox.rows("SELECT now() AT TIME ZONE 'Europe/Moscow' AS now")
    begin, end = local["now"] - timedelta(hours=1), local["now"] + timedelta(hours=2)
    outbox.set(quiet_hours="yes", quiet_from=f"{begin:%H:%M}", quiet_until=f"{end:%H:%M}")
    start(simulator.smpp_port)

    digest = outbox.queue("digest", kind="digest", expires_in=36_000)
    outbox.becomes(outbox.queue("code", kind="code"), "delivered")

    eventually(lambda: outbox.message(digest)["due_at"] > outbox.message(digest)["created_at"])
    row = outbox.message(digest)
    assert timedelta(hours=1.9) < row["due_at"] - row["created_at"] <= timedelta(hours=2)
    assert row["state"] == "queued"
    assert simulator.texts(PHONE) == ["code"]


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Asia/Omsk"])
def test_a_text_that_waited_into_the_familys_own_quiet_hours_waits_for_their_end(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, zone: str
) -> None:
    own = subscribed(outbox)
    outbox.connection.execute("UPDATE school SET timezone = %s", (zone,))
    (local,) = outbox.rows("SELECT now() AT TIME ZONE %s AS now", zone)
    hours = [f"{local['now'] + timedelta(hours=number):%H:%M}" for number in (-1, 2)]
    outbox.connection.execute("UPDATE sms_subscription SET quiet_from = %s, quiet_until = %s", hours)
    late = outbox.queue("digest", kind="digest", expires_in=36_000, **own)
    start(simulator.smpp_port)

    outbox.becomes(outbox.queue("answer", kind="reply", **own), "delivered")
    eventually(lambda: outbox.message(late)["due_at"] > outbox.message(late)["created_at"])
    row = outbox.message(late)
    assert timedelta(hours=1.9) < row["due_at"] - row["created_at"] <= timedelta(hours=2)
    assert (row["state"], simulator.texts(PHONE)) == ("queued", ["answer"])

    outbox.connection.execute("UPDATE sms_subscription SET quiet_from = quiet_until, quiet_until = quiet_from")
    outbox.connection.execute("UPDATE sms_message SET due_at = now() WHERE id = %s", (late,))
    outbox.becomes(late, "delivered")
