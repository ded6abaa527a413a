"""Files: what is taken, what is refused in words, who may download, and what becomes of them in the store."""

import io
import os
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import Engine, text
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from app.models import Remark, SchoolSetting
from app.services.file_store import WAITS_SECONDS, keep
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import AROUND, TODAY, MadeSchool
from tests.homework.conftest import NEXT
from tests.web_support import Api, Browser
from workers.files import tidy_store

MEGABYTE = 2**20
PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def picture(kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind, **more)
    return out.getvalue()


def with_place() -> bytes:
    """A photograph that says where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Zvonok Camera"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif)


def archive(parts: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def docx(**more: bytes | str) -> bytes:
    named = {name.replace("__", "/").replace("_DOT_", "."): content for name, content in more.items()}
    return archive({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>", **named})


def send(at: Browser, path: str, files: list[tuple[str, bytes]], **fields: str) -> TestResponse:
    """A form with several files."""
    data: MultiDict[str, Any] = MultiDict({"csrf_token": at.token, **fields})
    for name, content in files:
        data.add("files", FileStorage(io.BytesIO(content), filename=name))
    boundary, body = encode_multipart(data)
    kind = f"multipart/form-data; boundary={boundary}"
    answer = at.client.post(path, data=body, content_type=kind, buffered=True)
    assert answer.status_code != 500, answer.text
    return answer


@pytest.fixture
def rows(engine: Engine) -> Callable[[str], list[Any]]:
    def asked(query: str) -> list[Any]:
        with transaction(engine, SEEDER) as session:
            return [tuple(row) for row in session.execute(text(query), execution_options=AROUND)]

    return asked


def test_a_photograph_and_a_document_go_with_homework_and_come_back_to_those_whom_it_is_for(
    browser: Callable[[str], Browser],
    api: Callable[[str], Api],
    made: MadeSchool,
    neighbours: dict[str, int],
    page: str,
    rows: Callable[[str], list[Any]],
    folder: Path,
) -> None:
    at = browser("teacher")
    at.get(page)
    given = {"text": "По листку", "whom": "named", "students": str(made.anna.id), "due": str(NEXT)}
    names = [("../../Лист 1.html.JPG", with_place()), ("C:\\доклад.exe", docx()), ("план.txt", "Пункт 1".encode())]
    assert send(at, page, names, **given).status_code == 303

    kept = rows("SELECT id, name, kind, size, stored FROM attachment ORDER BY id")
    assert [row[1:3] for row in kept] == [("Лист 1.html.jpg", "jpeg"), ("доклад.docx", "docx"), ("план.txt", "txt")]
    on_disk = (folder / kept[0][4][:2] / kept[0][4]).read_bytes()
    assert b"Zvonok Camera" not in on_disk
    assert not Image.open(io.BytesIO(on_disk)).getexif()
    assert not any("Лист" in name for _place, _folders, found in os.walk(folder) for name in found)
    assert "Лист 1.html.jpg" in at.get(page).text

    paths = [f"/files/{row[0]}" for row in kept]
    for login in ("mother", "anna", "class_teacher", "head"):
        answer = browser(login).get(paths[0])
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg"), login
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert "filename*=UTF-8''%D0%9B" in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
        assert answer.headers["Cache-Control"] == "no-store"
    week = f"/diary/?week={NEXT}"
    assert f'href="{paths[0]}"' in browser("mother").get(week).text
    assert f'href="{paths[0]}"' in browser("anna").get("/").text
    for login in ("gleb", "neighbour", "father", "other_teacher"):
        at = browser(login)
        foreign, unknown = at.get(paths[0]), at.get("/files/999999999")
        assert (foreign.status_code, unknown.status_code) == (404, 404), login
        assert foreign.text.replace(paths[0], "") == unknown.text.replace("/files/999999999", ""), login
        assert api(login).get("/api/v1/attachment/").json["count"] == 0, login  # type: ignore[index]
        assert api(login).get(f"/api/v1/attachment/{kept[0][0]}").status_code == 404, login
    assert api("mother").get("/api/v1/attachment/").json["count"] == 3  # type: ignore[index]
    assert browser("mother").get(f"/records/attachment/{kept[0][0]}/delete").status_code == 403
    assert browser("secretary").get(paths[0]).status_code == 403


REFUSED = {
    "a page that calls itself a picture": ("фото.jpg", b"<!DOCTYPE html><script>alert(1)</script>"),
    "a drawing with scripts": ("рисунок.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "a page in a text": ("текст.txt", "Смотри <iframe src=//evil>".encode()),
    "a picture that is half one": ("фото.png", b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"),
    "a program": ("игра.pdf", b"MZ\x90\x00\x03"),
    "macros": ("доклад.docx", docx(word__vbaProject_DOT_bin=b"\x00")),
    "a program in a document": ("доклад.docx", docx(word__embeddings__run_DOT_exe=b"MZ")),
    "an archive": ("всё.zip", archive({"a.txt": "x"})),
    "a way out of the folder": ("доклад.docx", docx(**{"..__..__etc__passwd": b"x"})),
    "a bomb": ("доклад.docx", docx(word__big_DOT_xml=b"\x00" * (160 * MEGABYTE))),
    "an old document": ("доклад.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "a PDF that starts something": ("план.pdf", PDF.replace(b"<<>>", b"<</OpenAction <</S /JavaScript /JS (x)>> >>")),
    "a PDF that is an archive too": ("план.pdf", PDF + archive({"a.class": "x"}) + b"%%EOF"),
    "nothing": ("пусто.txt", b""),
}


def test_hostile_files_are_refused_in_words_and_leave_nothing_behind(
    browser: Callable[[str], Browser],
    made: MadeSchool,
    neighbours: dict[str, int],
    page: str,
    rows: Callable[[str], list[Any]],
    folder: Path,
) -> None:
    at = browser("teacher")
    at.get(page)
    before = sum(len(files) for _place, _folders, files in os.walk(folder))

    for what, (name, content) in REFUSED.items():
        answer = send(at, page, [("хороший.png", picture("PNG")), (name, content)], text="Не потеряно", minutes="15")
        assert answer.status_code == 422, what
        assert f"«{name}»" in answer.text, what
        assert "Не потеряно</textarea>" in answer.text, what
        assert 'value="15"' in answer.text, what
    assert rows("SELECT count(*) FROM homework UNION ALL SELECT count(*) FROM attachment") == [(0,), (0,)]
    assert sum(len(files) for _place, _folders, files in os.walk(folder)) == before

    polyglot = picture("GIF") + b"<script>alert(1)</script>" + archive({"a.html": "x"})
    assert send(at, page, [("живое.gif", polyglot)], text="Картинка").status_code == 303
    ((name, kind),) = rows("SELECT name, kind FROM attachment")
    assert (name, kind) == ("живое.png", "png")
    (found,) = [path for path in folder.rglob("*") if path.is_file() and b"script" in path.read_bytes()] or [None]
    assert found is None, "drawn anew, it holds nothing but the picture"


def test_limits_are_the_schools_and_are_told(
    browser: Callable[[str], Browser], engine: Engine, made: MadeSchool, neighbours: dict[str, int], page: str
) -> None:
    with transaction(engine, SEEDER) as session:
        given = {"school_id": made.school.id}
        session.add(SchoolSetting(**given, name="file_megabytes", value="1"))
        session.add(SchoolSetting(**given, name="files_megabytes", value="10"))
    at = browser("teacher")
    assert "до 1 МБ" in at.get(page).text

    large = send(at, page, [("много.txt", b"a" * (MEGABYTE + 1))], text="Остаётся")
    assert (large.status_code, "не больше 1 МБ" in large.text, "Остаётся</textarea>" in large.text) == (422, True, True)
    many = send(at, page, [(f"{number}.txt", b"text") for number in range(11)], text="Остаётся")
    assert (many.status_code, "файлов: 10, не больше" in many.text) == (422, True)
    full = send(at, page, [(f"{number}.txt", b"a" * MEGABYTE) for number in range(10)], text="Почти")
    assert full.status_code == 303
    over = send(at, page, [("ещё.txt", b"b")], text="Уже нет")
    assert (over.status_code, "больше 10 МБ" in over.text) == (422, True)

    huge = at.client.post(
        page, content_type="multipart/form-data; boundary=x", buffered=True,
        environ_overrides={"CONTENT_LENGTH": str(300 * MEGABYTE), "wsgi.input": io.BytesIO(b"")},
    )  # fmt: skip
    assert huge.status_code == 413
    assert "51 МБ" in huge.text


def test_files_hang_on_remarks_and_lessons_too_under_the_rule_of_each(
    browser: Callable[[str], Browser],
    api: Callable[[str], Api],
    engine: Engine,
    made: MadeSchool,
    neighbours: dict[str, int],
) -> None:
    with transaction(engine, SEEDER) as session:
        remark = Remark(
            student_id=made.anna.id, given_on=TODAY, text="Зайдите", to_guardians=True, author_id=made.teacher.id
        )
        session.add(remark)
    at = browser("teacher")
    for owner in (f"/files/of/remark/{remark.id}", f"/files/of/lesson/{made.own_lesson.id}"):
        at.get(owner)
        assert send(at, owner, [("лист.pdf", PDF)]).status_code == 303, owner
        assert "лист.pdf" in at.get(owner).text
        assert send(at, owner, []).status_code == 422
        assert send(browser("other_teacher"), owner, [("x.pdf", PDF)]).status_code == 404

    renamed = api("teacher").put("/api/v1/attachment/1", json={"name": "../Памятка.exe", "version": 1})
    assert (renamed.status_code, renamed.json["result"]["name"]) == (200, "Памятка.pdf")  # type: ignore[index]
    assert "Памятка.pdf" in browser("mother").get("/records/attachment/1/history").text
    assert api("teacher").put("/api/v1/attachment/1", json={"homework": 1, "version": 2}).status_code == 422

    def statuses(login: str) -> tuple[int, int]:
        one = browser(login)
        return one.get("/files/1").status_code, one.get("/files/2").status_code

    assert statuses("mother") == (200, 200)
    assert statuses("anna") == (404, 200), "what was written to the guardians is not the student's to read"
    assert statuses("neighbour") == (404, 200)
    assert statuses("father") == (404, 404)
    assert at.get("/files/of/student/1").status_code == 404
    assert at.get("/files/of/lesson/999999999").status_code == 404


def test_the_store_keeps_what_a_row_tells_of_and_the_clock_takes_away_the_rest(
    app: Flask,
    browser: Callable[[str], Browser],
    made: MadeSchool,
    neighbours: dict[str, int],
    page: str,
    rows: Callable[[str], list[Any]],
    folder: Path,
) -> None:
    from app.web.resources import resources
    from workers import place

    at = browser("teacher")
    at.get(page)
    assert send(at, page, [("лист.pdf", PDF)], text="Листок").status_code == 303
    ((stored,),) = rows("SELECT stored FROM attachment")
    orphan, young = keep(folder, b"nobody's"), keep(folder, b"of a transaction under way")
    half = folder / orphan[:2] / f"{orphan[:-1]}.part"
    half.write_bytes(b"half")
    long_ago = time.time() - WAITS_SECONDS - 60
    for path in (folder / stored[:2] / stored, folder / orphan[:2] / orphan, half):
        os.utime(path, (long_ago, long_ago))

    place.settle_in(resources(app).settings)
    try:
        tidy_store()
    finally:
        place.engine().dispose()

    assert (folder / stored[:2] / stored).exists()
    assert (folder / young[:2] / young).exists()
    assert not (folder / orphan[:2] / orphan).exists()
    assert not half.exists()

    (folder / stored[:2] / stored).write_bytes(b"%PDF-altered")
    assert at.get("/files/1").status_code == 404, "a file that is not as it was kept is not handed out"
    assert at.post("/records/homework/1/delete", {"version": "2"}).status_code in (409, 422)
    assert rows("SELECT count(*) FROM homework") == [(1,)]
