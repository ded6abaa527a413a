"""What the gateway says of money: the price of the link that sends, nothing for what was refused, a stop at the end."""

from decimal import Decimal

from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.support import Outbox, RunningSimulator, sweeps

PHONE = "+79990000001"


def tariff(outbox: Outbox, price: str, prefix: str = "", link: int | None = None) -> None:
    outbox.connection.execute(
        "INSERT INTO sms_tariff (school_id, link_id, prefix, price, begins_on, version) VALUES (1, %s, %s, %s,"
        " '2026-01-01', 1)", (link, prefix, price),
    )  # fmt: skip


def test_a_text_costs_what_the_link_that_sent_it_takes_and_nothing_when_it_was_refused_or_never_went(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port)
    sweeps(outbox)
    tariff(outbox, "9")
    tariff(outbox, "2.5", "79", outbox.link()["id"])
    tariff(outbox, "3.1234", "7999", outbox.link()["id"])
    tariff(outbox, "50", "7998")

    long = outbox.becomes(outbox.queue("Ж" * 100, cost=Decimal(18)), "delivered")
    other = outbox.becomes(outbox.queue(phone="+79980000001", cost=Decimal(50)), "delivered")
    simulator.behave(fail_share=1.0, fail_status=0x0B)
    refused = outbox.becomes(outbox.queue(cost=Decimal(9)), "rejected")
    late = outbox.becomes(outbox.queue(cost=Decimal(9), expires_in=-1), "expired")

    assert (long["parts"], long["cost"]) == (2, Decimal("6.2468"))
    assert other["cost"] == Decimal("2.5")  # what is said of the link goes before a longer prefix of all links
    assert (refused["cost"], late["cost"]) == (0, 0)


def test_where_a_budget_was_lowered_below_what_is_sent_the_rest_does_not_go_and_its_facts_are_not_lost(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    tariff(outbox, "2")
    start(simulator.smpp_port)
    outbox.becomes(outbox.queue("first"), "delivered")
    outbox.connection.execute(
        "INSERT INTO sms_budget (school_id, amount, begins_on, version) VALUES (1, 2, '2026-01-01', 1)"
    )
    sweeps(outbox)
    outbox.connection.execute(
        "WITH g AS (INSERT INTO guardian (school_id, surname, given_name, patronymic, phone, version)"
        "  VALUES (1, 'I', 'M', '', '+79990000001', 1) RETURNING id),"
        " n AS (INSERT INTO notice (school_id, record, record_id, action, urgent, trace, delivered_at)"
        "  VALUES (1, 'mark', 1, 'added', false, '', now()) RETURNING id)"
        " INSERT INTO sms_delivery (school_id, notice_id, guardian_id, record, record_id, kind, state, due_at, told)"
        " SELECT 1, n.id, g.id, 'mark', 1, 'immediate', 'due', now(), '5' FROM g, n"
    )

    second = outbox.queue("second", cost=Decimal(2), due_at=outbox.rows("SELECT now() + interval '1 h' AS at")[0]["at"])
    outbox.connection.execute("UPDATE sms_delivery SET state = 'told', sms_message_id = %s", (second,))
    outbox.connection.execute("UPDATE sms_message SET due_at = now() WHERE id = %s", (second,))
    stopped = outbox.becomes(second, "cancelled")
    outbox.becomes(outbox.queue("code 1234", kind="code"), "delivered")

    assert (stopped["error"], stopped["cost"]) == ("бюджет месяца израсходован", 0)
    assert simulator.texts(PHONE) == ["first", "code 1234"]
    (delivery,) = outbox.rows("SELECT state, sms_message_id, told FROM sms_delivery")
    assert delivery == {"state": "due", "sms_message_id": None, "told": None}
