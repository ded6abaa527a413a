"""Texts as segments and octets: what is sent is what a phone reads, cut nowhere it may not be."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import sms_text
from app.domain.errors import InvalidInput
from app.domain.sms_text import Coding, segment_count, segmented

# Written down apart from the module, from 3GPP TS 23.038: code → sign.
GSM = {
    **{code: chr(code) for code in (*range(0x20, 0x24), *range(0x25, 0x40), *range(0x41, 0x5B), *range(0x61, 0x7B))},
    **dict(zip(range(0x10), "@£$¥èéùìòÇ\nØø\rÅå", strict=True)),
    **dict(zip(range(0x10, 0x1B), "Δ_ΦΓΛΩΠΨΣΘΞ", strict=True)),
    **dict(zip(range(0x1C, 0x20), "ÆæßÉ", strict=True)),
    0x24: "¤",
    0x40: "¡",
    0x60: "¿",
    **dict(zip(range(0x5B, 0x60), "ÄÖÑÜ§", strict=True)),
    **dict(zip(range(0x7B, 0x80), "äöñüà", strict=True)),
}
EXTENSION = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|"}
EXTENSION[0x65] = "€"
GSM_SIGNS = "".join(GSM.values()) + "".join(EXTENSION.values())

gsm_texts = st.text(alphabet=GSM_SIGNS, max_size=900)
any_texts = st.text(
    alphabet=st.one_of(
        st.sampled_from(GSM_SIGNS), st.characters(min_codepoint=0x400, max_codepoint=0x45F), st.sampled_from("😀👨‍🏫𝄞")
    ),
    max_size=600,
)


def read_by_a_phone(payloads: list[bytes], coding: Coding) -> str:
    """The parts put together and read, segment by segment: each must be readable by itself."""
    texts = []
    for number, octets in enumerate(payloads, start=1):
        if len(payloads) > 1:
            assert octets[:3] == b"\x05\x00\x03"
            assert octets[4:6] == bytes((len(payloads), number))
            octets = octets[6:]
        texts.append(octets.decode("utf-16-be") if coding == 8 else read_gsm(octets))
    return "".join(texts)


def read_gsm(octets: bytes) -> str:
    signs, escaped = [], False
    for octet in octets:
        if escaped:
            signs.append(EXTENSION[octet])
            escaped = False
        elif octet == 0x1B:
            escaped = True
        else:
            signs.append(GSM[octet])
    assert not escaped, "an escape stands at the end of a segment"
    return "".join(signs)


@given(any_texts)
def test_parts_join_to_the_text_at_an_independent_decoder(text: str) -> None:
    sms = segmented(text)

    assert read_by_a_phone(sms.payloads(7), sms.coding) == text
    assert "".join(sms.segments) == text


@given(gsm_texts)
def test_a_text_of_the_gsm_alphabet_is_sent_in_it_and_every_segment_is_full_enough(text: str) -> None:
    sms = segmented(text)
    septets = len(text) + sum(1 for sign in text if sign in EXTENSION.values())

    assert sms.coding is Coding.GSM
    assert len(sms.segments) == 1 if septets <= 160 else len(sms.segments) >= -(-septets // 153)
    payloads = sms.payloads()
    assert all(len(octets) <= (160 if len(payloads) == 1 else 159) for octets in payloads)
    if len(payloads) > 1:
        assert all(len(octets) >= 6 + 152 for octets in payloads[:-1]), "a segment has room for one more sign"


@given(any_texts.filter(lambda text: not set(text) <= set(GSM_SIGNS)))
def test_other_texts_take_sixteen_bits_and_no_more_than_a_segment_holds(text: str) -> None:
    sms = segmented(text)

    assert sms.coding is Coding.UCS2
    assert all(len(octets) <= 140 for octets in sms.payloads())


@given(any_texts, st.integers(0, 255))
def test_our_own_decoder_reads_what_was_sent(text: str, reference: int) -> None:
    sms = segmented(text)
    read = ""
    for octets in sms.payloads(reference):
        if len(sms.segments) > 1:
            piece, octets = sms_text.without_header(octets)
            assert piece is not None
            assert (piece.reference, piece.total) == (reference, len(sms.segments))
        read += sms_text.decoded(octets, sms.coding)

    assert read == text


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("a" * 152 + "[" + "a" * 152, 3),  # the pair moves on, and leaves a septet free
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("ж" * 66 + "😀" + "ж" * 67, 3),
        ("Анна: 5", 1),
    ],
)
def test_segments_are_counted_as_operators_bill_them(text: str, segments: int) -> None:
    assert segment_count(text) == segments


def test_a_text_of_more_than_255_segments_is_refused() -> None:
    assert segment_count("a" * 153 * 255) == 255
    with pytest.raises(InvalidInput) as refused:
        segment_count("a" * (153 * 255 + 1))
    assert refused.value.key == "sms.too_long"


@pytest.mark.parametrize("sign", list("`çё№—“”’😀"))
def test_signs_that_look_like_gsm_but_are_not_are_not_sent_as_something_else(sign: str) -> None:
    assert segmented(sign).coding is Coding.UCS2


def test_typographic_signs_become_plain_only_where_that_saves_a_segment() -> None:
    typed = "“Math” — 5…" + "a" * 80

    assert sms_text.economical(typed) == '"Math" - 5...' + "a" * 80
    assert sms_text.economical("«Анна» — 5") == "«Анна» — 5"


@given(st.binary(max_size=300), st.sampled_from([0, 1, 3, 6, 8, 4, 255]))
def test_received_octets_never_fall_over(octets: bytes, data_coding: int) -> None:
    _, rest = sms_text.without_header(octets)
    sms_text.decoded(rest, data_coding).encode("utf-8")


@pytest.mark.parametrize(
    ("octets", "piece", "rest"),
    [
        (b"\x05\x00\x03\x07\x02\x01ab", (7, 2, 1), b"ab"),
        (b"\x06\x08\x04\x01\x07\x02\x02ab", (263, 2, 2), b"ab"),
        (b"\x0a\x05\x04\x00\x01\x00\x02\x00\x03\x09ab", None, b"b"),
        (b"\x05\x00\x03\x07\x02\x03ab", None, b"ab"),  # piece 3 of 2
        (b"\x05\x00\x03\x07\x00\x00ab", None, b"ab"),
        (b"\x20\x00\x03", None, b"\x20\x00\x03"),  # longer than the text: no header
        (b"", None, b""),
    ],
)
def test_headers_of_received_texts(octets: bytes, piece: tuple[int, int, int] | None, rest: bytes) -> None:
    found, left = sms_text.without_header(octets)

    assert (found and (found.reference, found.total, found.number)) == piece
    assert left == rest


@given(any_texts.filter(lambda text: not set(text) <= set(GSM_SIGNS)))
def test_of_sixteen_bit_segments_none_has_room_for_the_next_sign(text: str) -> None:
    payloads = segmented(text).payloads()

    units = len(text.encode("utf-16-be")) // 2
    assert (len(payloads) == 1) == (units <= 70)
    for octets, following in itertools.pairwise(payloads):
        width = 4 if 0xD8 <= following[6] <= 0xDB else 2
        assert len(octets) + width > 140


@given(any_texts, st.sampled_from(["“", "—", "…", "№", "\u00a0", "\u200b", ""]))
def test_the_plain_form_is_chosen_where_it_is_cheaper_and_only_there(text: str, sign: str) -> None:
    typed = text + sign
    chosen, plainer = sms_text.economical(typed), sms_text.plain(typed)

    assert chosen in (typed, plainer)
    assert (chosen == plainer and plainer != typed) == (segment_count(plainer) < segment_count(typed))


@given(any_texts)
def test_the_plain_form_stays_as_it_is(text: str) -> None:
    assert sms_text.plain(sms_text.plain(text)) == sms_text.plain(text)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b\x65", "€"),
        (b"\x1b\x0a", "\f"),
        (b"a\x1b", "a "),  # cut off: TS 23.038 asks for a space
        (b"\x1b\x1bz", " z"),  # reserved for another table: a space
        (b"\x1bA", "A"),  # not in the extension: the sign of the basic table
        (b"\x80\x1b\xff", "\ufffd\ufffd"),
        (b"\x00\x11\x7f", "@_à"),
    ],
)
def test_escapes_that_come_in_are_read_as_the_standard_asks(octets: bytes, text: str) -> None:
    assert sms_text.decoded(octets, 0) == text
