"""A workbook full of polyglots: its page, its lists and the file that comes back show them as text."""

import io

from openpyxl import load_workbook

from tests.attack.polyglots import POLYGLOTS, harm
from tests.imports.desk import HEADERS, Desk, a_row, a_workbook

TYPED = [text.replace("\r\n", " ") for text in POLYGLOTS]


def test_a_workbook_of_polyglots_is_shown_as_text_and_comes_back_without_a_formula(desk: Desk) -> None:
    rows = [
        a_row(surname=text, given_name=text, guardian=f"{text} {text}", phone=text if number % 2 else "", born_on=text)
        for number, text in enumerate(TYPED)
    ]
    headers = [*HEADERS[:-1], TYPED[0], TYPED[8], TYPED[-1]]
    answer = desk.send(a_workbook(*rows, headers=headers), f"{POLYGLOTS[1]}=cmd.xlsx")
    assert answer.status_code == 303
    desk.run_id = int(answer.headers["Location"].rsplit("/", 1)[1])

    pages = [desk.work(), desk.browser.get("/imports").text, desk.press("apply"), desk.browser.get("/").text]
    back = desk.browser.get(f"/imports/{desk.run_id}/workbook.xlsx")
    book = load_workbook(io.BytesIO(back.data))

    assert [fault for page in pages for fault in harm(page)] == []
    assert "q9" in pages[0] + pages[1]
    assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert set(back.headers.keys()).isdisjoint({"Set-Cookie", "q9"})
