"""The operator between school and phones behaves as the page says."""

from dataclasses import asdict, fields
from typing import Any

import pytest

from app.pages import phones_behaviour
from sms_gateway.simulator.behaviour import CHOICES, Behaviour
from tests.pages.fake_simulator import PHONE, FakeSimulator
from tests.web_support import Browser

GOOD = phones_behaviour.shown(asdict(Behaviour()))


def test_every_behaviour_of_the_simulator_has_a_control_with_its_default() -> None:
    defaults = {one.name: getattr(Behaviour(), one.name) for one in fields(Behaviour)}

    assert {control.name: control.default for control in phones_behaviour.CONTROLS} == defaults
    for control in phones_behaviour.CONTROLS:
        if control.name in CHOICES:
            assert isinstance(control, phones_behaviour.Choice)
            assert tuple(value for value, _word in control.words) == CHOICES[control.name]


def test_what_is_shown_is_read_as_the_same_behaviour() -> None:
    odd = Behaviour().changed(
        {"fail_share": 0.125, "fail_numbers": {"79990000001": 0x400}, "undeliverable_numbers": ["+79990000002"]}
    )

    values, wrong = phones_behaviour.read(phones_behaviour.shown(asdict(odd)))

    assert wrong == {}
    assert Behaviour().changed(values) == odd


def test_the_panel_tells_how_the_operator_behaves_now(anna: Browser, simulator: FakeSimulator) -> None:
    assert "ведёт себя хорошо" in anna.get("/phones").text

    simulator.answers["/behave"] = {**asdict(Behaviour()), "fail_share": 0.25, "refuse_bind": 0x0E}
    page = anna.get("/phones").text

    assert "ведёт себя плохо" in page
    assert "Отказы, %: 25" in page
    assert "Подключение: 0x0E · неверный пароль подключения" in page
    assert 'name="fail_share" value="25"' in page


def test_the_operator_is_told_to_misbehave(anna: Browser, simulator: FakeSimulator) -> None:
    anna.get("/phones")
    typed = {
        **GOOD,
        "phone": PHONE,
        "throttle": "5",
        "fail_share": "12,5",
        "fail_status": "0x14",
        "fail_numbers": "8 999 000-00-01 0x0B\r\n\r\n+79990000002 1024",
        "undeliverable_numbers": "+7 999 000-00-03",
        "never_answer": "yes",
        "receipts": "early",
        "receipt_pdu": "data_sm",
    }

    answer = anna.post("/phones/behaviour", typed)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/phones?phone=%2B79990000001")
    ((_, _, told),) = [asked for asked in simulator.asked if asked[:2] == ("POST", "/behave")]
    assert Behaviour().changed(told) == Behaviour(
        throttle=5,
        fail_share=0.125,
        fail_status=0x14,
        fail_numbers={"79990000001": 0x0B, "79990000002": 1024},
        undeliverable_numbers=("79990000003",),
        never_answer=True,
        receipts="early",
        receipt_pdu="data_sm",
    )


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("throttle", "много", "Целое число от 0 до 1000000, а не «много»."),
        ("throttle", "1.5", "Целое число"),
        ("throttle", "", "Целое число"),
        ("fail_share", "101", "Число от 0 до 100, а не «101»."),
        ("fail_share", "-1", "Число от 0 до 100"),
        ("fail_share", "nan", "Число от 0 до 100"),
        ("answer_delay", "3601", "Число от 0 до 3600"),
        ("fail_status", "0x00", "Статус вроде 0x0B"),
        ("fail_status", "отказ", "Статус вроде 0x0B, а не «отказ»."),
        ("fail_status", "0x123456789", "Статус вроде 0x0B"),
        ("fail_numbers", "+79990000001", "номер выглядит так"),
        ("fail_numbers", "+79990000001 0", "Статус вроде 0x0B"),
        ("undeliverable_numbers", "Анна", "«Анна» — не номер телефона"),
        ("receipts", "later", "Одно из: после ответа"),
        ("refuse_bind", "<b>", "Статус вроде 0x0B, а не «&lt;b&gt;»."),
    ],
)
def test_a_wrong_value_is_answered_by_its_field_and_what_was_typed_stays(
    anna: Browser, simulator: FakeSimulator, name: str, typed: str, words: str
) -> None:
    anna.get("/phones")

    answer = anna.post("/phones/behaviour", {**GOOD, "receipt_delay": "7", "hex_ids": "yes", name: typed})

    assert answer.status_code == 422
    error = answer.text.split(f'id="{name}-error"')[1].split("</div>")[0]
    assert words in error
    assert 'name="receipt_delay" value="7"' in answer.text
    assert not [asked for asked in simulator.asked if asked[0] == "POST"]


def test_the_operator_is_made_a_good_one_again(anna: Browser, simulator: FakeSimulator) -> None:
    simulator.answers["/behave"] = {**asdict(Behaviour()), "never_answer": True}
    assert "Снова вести себя хорошо" in anna.get("/phones").text

    assert anna.post("/phones/behaviour/well", {"phone": ""}).headers["Location"] == "/phones"

    assert ("POST", "/behave/well", None) in simulator.asked


@pytest.mark.parametrize(("status", "answered"), [(400, 422), (500, 503)])
def test_what_the_simulator_does_not_take_is_told_and_stays(
    anna: Browser, simulator: FakeSimulator, status: int, answered: int
) -> None:
    anna.get("/phones")
    simulator.answers["/behave"] = {**asdict(Behaviour()), "message": "no such thing"}
    simulator.statuses["/behave"] = status

    answer = anna.post("/phones/behaviour", {**GOOD, "throttle": "7"})

    assert answer.status_code == answered
    assert 'name="throttle" value="7"' in answer.text


@pytest.mark.parametrize("state", [None, [], {}, {"throttle": "x"}, b"?"])
def test_where_the_state_cannot_be_told_the_phones_are_shown_all_the_same(
    anna: Browser, simulator: FakeSimulator, state: Any
) -> None:
    simulator.answers["/behave"] = state

    page = anna.get("/phones")

    assert page.status_code == 200
    assert f'data-phone="{PHONE}"' in page.text
    assert ">Оператор<" not in page.text


def test_a_form_without_the_pages_token_changes_nothing(anna: Browser, simulator: FakeSimulator) -> None:
    anna.get("/phones")
    anna.token = "wrong"

    assert anna.post("/phones/behaviour", GOOD).status_code == 400
    assert not [asked for asked in simulator.asked if asked[0] == "POST"]
