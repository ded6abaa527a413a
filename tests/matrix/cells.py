"""Cells: each is one question with its expected answer; all are counted, and the bad ones are listed together."""

import re
from collections import Counter
from typing import Any

from werkzeug.test import TestResponse

from tests.matrix.people import Person
from tests.matrix.world import World

UNKNOWN = 987_654_321
COUNTED: Counter[str] = Counter()
IDS = re.compile(r"(?<!\d)9\d{8}(?!\d)")
PHONES = re.compile(r"\+?799[78]\d{7}(?!\d)")
PASSING = re.compile(
    r'nonce="[^"]*"|name="csrf_token" value="[^"]*"|name="request_key" value="[^"]*"|data-token="[^"]*"|content="[^"]*"'
    r'|(?s:<div class="message message-good" role="status">.*?</div>\s*)'  # what was said of an earlier act
    r'|(?s:<details class="drop bar-child".*?</details>)'  # the switch names the own children's classes on every page
)


class Cells:
    """What was asked of one record type or page, and what was wrong."""

    def __init__(self, world: World, what: str) -> None:
        self.world, self.what, self.bad = world, what, list[str]()

    def expect(self, is_right: bool, *words: Any) -> None:
        COUNTED[self.what] += 1
        if not is_right:
            self.bad.append(" ".join(str(word) for word in words))

    def status(self, answer: TestResponse, wanted: int | tuple[int, ...], *words: Any) -> None:
        allowed = wanted if isinstance(wanted, tuple) else (wanted,)
        told = answer.get_data(as_text=True)[:120] if answer.status_code >= 500 else ""
        self.expect(answer.status_code in allowed, *words, "→", answer.status_code, "not", wanted, told)

    def alike(self, foreign: TestResponse, number: int, unknown: TestResponse, *words: Any) -> None:
        """Byte for byte but for the id."""
        first, second = plain(foreign, number), plain(unknown, UNKNOWN)
        is_same = (foreign.status_code, first) == (unknown.status_code, second)
        at = next((place for place, both in enumerate(zip(first, second, strict=False)) if both[0] != both[1]), 0)
        told = f"{first[at - 40 : at + 60]!r} and {second[at - 40 : at + 60]!r}"
        self.expect(is_same, *words, "differs from an unknown id:", foreign.status_code, unknown.status_code, told)

    def nothing_foreign(self, person: Person, answer: TestResponse, *words: Any, but: int = 0) -> None:
        """No id and no text of a row that the person does not see; no phone of whom they do not."""
        text = answer.get_data(as_text=True)
        told = {int(found) for found in IDS.findall(text)} - {UNKNOWN, but}
        foreign = [row for row in map(self.world.by_id.get, told) if row is not None and not person.is_told(row)]
        self.expect(not foreign, *words, "tells", [(row.table, row.whose, row.id) for row in foreign][:5])
        for found in set(PHONES.findall(text)):
            number = self.world.phones.get("+" + found.removeprefix("+"))
            row = self.world.by_id[number] if number is not None else None
            if row is not None and row.id != but:
                is_known = person.sees(row) and (row.table != "staff" or person.may("can_read", "staff"))
                self.expect(is_known, *words, "tells the phone of", row.table, row.whose)

    def finish(self) -> None:
        assert not self.bad, f"{len(self.bad)} cells of {COUNTED[self.what]}:\n" + "\n".join(self.bad[:60])


def plain(answer: TestResponse, number: int) -> str:
    """What an answer says, without the id that was asked for and what differs from request to request."""
    text = PASSING.sub("", answer.get_data(as_text=True)).replace(answer.headers.get("X-Trace") or "\0", "")
    place = answer.headers.get("Location", "")
    return re.sub(rf"(?<!\d){number}(?!\d)", "ID", re.sub(r"\n+", "\n", text) + place)
