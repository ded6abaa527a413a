"""Everybody at the pages made by hand, found from the application's own map; and who is nobody at every address."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.web.guard import policy_of
from app.web.resources import resources
from tests.matrix.cells import UNKNOWN, Cells, plain
from tests.matrix.doors import Doors
from tests.matrix.people import CLASS_OF, PEOPLE, Person, Row
from tests.matrix.world import World

DoorsOf = Callable[[str], Doors]
GENERATED = ("record_", "api_")
OVERSEE = {("can_list", "UserDBModelView"), ("can_read", "rights_history")}
#: Page → the grant that opens it; None: whoever is signed in.
PAGES: dict[str, tuple[str, str] | None] = {
    "/": None,
    "/find?q=9000": None,
    "/journal/": ("can_read", "journal"),
    "/journal/state": None,
    "/accounts/": ("can_list", "UserDBModelView"),
    "/accounts/add": ("can_add", "UserDBModelView"),
    "/accounts/for-staff": ("can_add", "UserDBModelView"),
    "/access/": ("can_read", "rights_history"),
    "/roles/": ("can_list", "RoleModelView"),
    "/roles/add": ("can_add", "RoleModelView"),
    "/console/": ("can_read", "console"),
    "/console/figures": ("can_read", "console"),
    "/console/inbound/": ("can_read", "console"),
    "/console/links/": ("can_read", "console"),
    "/console/outbox/": ("can_read", "console"),
    "/console/prefixes/": ("can_read", "console"),
    "/console/uncertain/": ("can_read", "console"),
    "/api/v1/_openapi": ("can_get", "OpenApi"),
    "/swagger/v1": ("can_show", "SwaggerView"),
    "/changes/": ("can_write", "mark"),
    "/unlocks/": ("can_write", "term_unlock"),
    "/term-marks/": ("can_write", "term_mark"),
    "/debts/": ("can_read", "debt"),
    "/filling/": ("can_write", "lesson"),
    "/my-details/": None,
    "/requests/": ("can_write", "data_decision"),
    "/diary/": ("can_read", "lesson"),
    "/chain/": ("can_read", "rights_history"),
    "/absences/": ("can_read", "absence_notice"),
    "/absence-notices/": ("can_write", "absence_decision"),
    "/attendance/": ("can_read", "absence"),
    "/homework/": ("can_read", "homework"),
    "/signatures/": ("can_read", "week_signature"),
    "/sms-desk/": ("can_write", "consent"),
    "/sending/": ("can_write", "announcement"),
    "/sending/new": ("can_write", "announcement"),
    "/silent-numbers/": ("can_read", "suspended_number"),
    "/sms-money/": ("can_read", "sms_money"),
    "/sms-money/report": ("can_read", "sms_money"),
    "/sms-money/replay": ("can_read", "sms_money"),
    "/sessions/": None,
    "/contacts/": None,
    "/second-factor/": None,
    "/password/": ("can_this_form_get", "ResetMyPasswordView"),
}
ID_PATTERNS = (
    *("<int:pk>", "<pk>", "<int:view_id>", "<int:run_id>"),
    *(f"<int:{name}_pk>" for name in ("class", "subject", "subgroup", "term", "lesson", "student", "notice")),
)
#: Rows of the console: page → table.
DETAILS = {
    "/console/inbound/details/?id=": "sms_inbound",
    "/console/links/details/?id=": "sms_link",
    "/console/outbox/details/?id=": "sms_message",
    "/console/uncertain/details/?id=": "sms_message",
}
#: Addresses that are not asked here, with the reason.
ELSEWHERE = {
    "imports.": "a run is its maker's: tests/imports, and below by its id",
    "join.": "pages of a code, for everybody: tests/pages/test_join.py",
    "recover.": "pages of a code, for everybody: tests/pages/test_recovery.py",
    "contacts.": "acts on one's own only, and a public link: tests/pages/test_recovery.py",
    "sessions.": "acts on one's own only: tests/pages/test_sessions.py",
    "second_factor.": "acts on one's own only: tests/web/test_second_factor.py",
    "lock.": "the lock of one's own session: tests/web/test_locks.py",
    "journal_changes.not_me": "one's own changes only: tests/marks/test_closed_terms.py",
    "unlocks.end": "one's own school's only: sheets.py",
    "term_marks.sheet": "asked in sheets.py, with everybody's classes",
    "summary.": "asked in sheets.py, with everybody's classes",
    "progress.": "asked in sheets.py, with everybody's students",
    "invitations.": "asked below, with everybody's classes",
    "own_data.": "acts on one's own record only: matrix/families.py, and tests/pages/test_data_requests.py",
    "data_requests.": "asked in families.py, with everybody's requests",
    "homework.": "as journal., by the lesson: tests/homework/test_for_whom.py",
    "files.": "with their owners: tests/homework/test_files.py",
    "behaviour.": "a led class's weeks, and as journal. by the lesson: tests/homework/test_behaviour.py",
    "diary.": "asked in families.py, with everybody's children",
    "diary_signing.": "as diary., and what is signed: tests/diary/test_signatures.py",
    "diary_offline.": "a script and a page that tell nothing of anybody",
    "absences.": "as diary., and who answers: tests/diary/test_absence_notices.py",
    "meetings.": "as diary. and under the row rule of the answers: tests/diary/test_meetings.py",
    "homework_of_child.": "as diary., and who ticks: tests/diary/test_news.py",
    "figures.": "as diary.: tests/diary/test_figures.py",
    "journal.": "asked below, with everybody's classes",
    "journal_debts.": "as journal_saving.: tests/journal/test_dots.py",
    "journal_saving.": "as journal., and what is sent: tests/journal",
    "journal_terms.": "as journal.: tests/journal/test_term_block.py",
    "sms_diary.": "one's own children, and a link's number that is printed for all: tests/pages/test_sms_diary.py",
    "mail_reading.": "a mail's own key, for whoever holds it: tests/pages/test_mail_reading.py",
    "sending.": "the own school's or class's news: tests/sending",
    "sending_live.": "as sending.",
    "sms_numbers.": "acts on what one sees only: tests/sending/test_silent_numbers.py",
    "sms_desk.": "the own school's guardianships: tests/pages/test_sms_diary.py",
    "sms_money.": "the report to take away, of the own school: tests/sms_money/test_pages.py",
    "reader.": "language and colours of the browser, for everybody: tests/web",
    "phones.": "the demo's phones show no record; without a simulator they are not there: tests/pages",
    "sign_in.": "the doors themselves: tests/web",
    "health.": "for machines: tests/pages/test_health.py",
    "TokenApi.": "the doors themselves: tests/web",
    "console_jobs.": "tells ids of jobs only: tests/console/test_jobs.py",
    "static": "files of the product", "bootstrap.static": "files", "appbuilder.static": "files",
    "AccountPages.edit": "asked below, with everybody's accounts; and tests/pages/test_reach.py",
    "access.rights": "as edit, and tests/pages/test_why.py",
    "access.seen_by": "asked in families.py, with everybody's children",
    "AccountPages.one_time_password": "as edit: tests/pages/test_one_time_passwords.py",
    "AccountPages.sign_out": "as edit: tests/pages/test_sessions.py",
    "AccountPages.take_off": "as edit: tests/web/test_second_factor.py",
    "RolePages.edit": "roles are the installation's: tests/pages/test_reach.py",
    "RolePages.delete": "as edit",
    "PasswordPage.this_form_post": "one's own password: tests/web",
}  # fmt: skip


def test_every_address_is_asked_or_left_out_by_name(app: Flask) -> None:
    asked = {path.split("?")[0] for path in (*PAGES, *DETAILS)}
    left = []
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<version>", "v1")
        is_acting = path.startswith("/console/") and "POST" in (rule.methods or ())
        if rule.endpoint.startswith(GENERATED) or path in asked or is_acting:
            continue
        if not any(rule.endpoint == one or (one[-1] == "." and rule.endpoint.startswith(one)) for one in ELSEWHERE):
            left.append(rule.rule)

    assert left == []


def test_everybody_at_the_pages_made_by_hand(world: World, doors: DoorsOf) -> None:
    cells = Cells(world, "pages")
    for person in PEOPLE:
        at = doors(person.login)
        for path, grant in PAGES.items():
            answer = at.ask("GET", path)
            is_open = (
                grant is None or grant in person.grants or (grant[1] == "console" and _minds_console(person.grants))
            )
            cells.status(answer, 200 if is_open else 403, person.login, path)
            cells.nothing_foreign(person, answer, person.login, path)
        for path, table in DETAILS.items():
            for row in world.of(table):
                answer = at.ask("GET", f"{path}{row.id}")
                if not _minds_console(person.grants):
                    cells.status(answer, 403, person.login, path)
                    break
                cells.nothing_foreign(person, answer, person.login, path, but=0 if person.sees(row) else row.id)
                if not person.sees(row):
                    unknown = at.of_unknown("GET", f"{path}{UNKNOWN}")
                    cells.status(answer, 404, person.login, path, row.whose)
                    cells.alike(answer, row.id, unknown, person.login, path, row.whose)
                else:
                    cells.status(answer, 200, person.login, path, row.whose)
        for action in ("", "/apply", "/columns", "/decide", "/undo"):
            answer = at.ask("POST" if action else "GET", f"/imports/999{action}")
            cells.status(answer, 404, person.login, "imports", action)
    cells.finish()


def test_who_invites_invites_into_their_own_classes(world: World, doors: DoorsOf) -> None:
    cells, acts = Cells(world, "invitations"), (("GET", ""), ("POST", "/letters"), ("POST", "/revoke"))
    for person in PEOPLE:
        at, may = doors(person.login), person.may("can_write", "invitation")
        if not may:
            cells.status(at.ask("GET", "/invitations/"), 403, person.login, "/invitations/")
        else:
            first = at.ask("GET", "/invitations/", follow_redirects=True)
            cells.status(first, 200, person.login, "/invitations/")
            cells.nothing_foreign(person, first, person.login, "/invitations/")
        for row in world.of("school_class"):
            is_own = may and invites_into(person, row)
            for method, act in acts:
                words = (person.login, row.whose, method, f"/invitations/…{act}")
                answer = at.ask(method, f"/invitations/{row.id}{act}")
                cells.nothing_foreign(person, answer, *words, but=row.id)
                if is_own:
                    cells.status(answer, 200 if method == "GET" else 303, *words)
                    continue
                cells.status(answer, 404 if may else 403, *words)
                cells.alike(answer, row.id, at.of_unknown(method, f"/invitations/{UNKNOWN}{act}"), *words)
    assert {"class_teacher", "secretary"} <= {each.login for each in PEOPLE if each.may("can_write", "invitation")}
    cells.finish()


def test_an_account_is_seen_by_who_administers_its_school(app: Flask, world: World, doors: DoorsOf) -> None:
    cells = Cells(world, "accounts")
    query = text("SELECT id, username FROM ab_user")
    with resources(app).engine.connect() as connection:
        numbers = {row.username: row.id for row in connection.execute(query)}
    foreign = numbers["stranger_head"]
    pages = ("", "/rights")
    for person in PEOPLE:
        at, may = doors(person.login), person.may("can_list", "UserDBModelView")
        for path in pages:
            answer = at.ask("GET", f"/accounts/{foreign}{path}")
            cells.status(answer, 404 if may else 403, person.login, path)
            _as_unknown_account(
                cells, answer, foreign, at.of_unknown("GET", f"/accounts/{UNKNOWN}{path}"), person, path
            )
            near = at.ask("GET", f"/accounts/{numbers['teacher']}{path}")
            cells.status(near, 200 if may else 403, person.login, path)
            cells.nothing_foreign(person, near, person.login, path)
        for act in ("", "/sign-out", "/one-time-password", "/second-factor"):
            answer = at.ask("POST", f"/accounts/{foreign}{act}")
            cells.status(answer, 404 if may else 403, person.login, "POST", act)
            unknown = at.of_unknown("POST", f"/accounts/{UNKNOWN}{act}")
            _as_unknown_account(cells, answer, foreign, unknown, person, act)
        cells.expect("stranger_head" not in at.ask("GET", "/accounts/").get_data(as_text=True), person.login, "list")
    cells.finish()


def _as_unknown_account(cells: Cells, answer: Any, number: int, unknown: Any, person: Person, what: str) -> None:
    """Byte for byte but for the address: an account's number is small, and stands elsewhere too."""
    first, second = (
        plain(each, 0).replace(f"/accounts/{key}", "") for each, key in ((answer, number), (unknown, UNKNOWN))
    )
    cells.expect(first == second, person.login, what, "differs from an unknown account")


def test_who_works_in_a_class_opens_its_journals(world: World, doors: DoorsOf) -> None:
    cells, subjects = Cells(world, "journals"), {row.school: row for row in world.of("subject")}
    terms = {row.school: row for row in world.of("term")}
    lessons = {row.school_class: row for row in world.of("lesson") if row.whose != "draft"}
    students = {CLASS_OF[row.student]: row.id for row in world.of("student")}
    for person in PEOPLE:
        at, may = doors(person.login), person.may("can_read", "journal")
        for row in world.of("school_class"):
            lesson, student = lessons[row.school_class].id, students.get(row.school_class)
            journal = f"/{subjects[row.school].id}/{terms[row.school].id}"
            is_open = may and _works_in(person, row)
            for pattern in (
                f"/journal/#{journal}",
                "/journal/lesson/#",
                "/journal/lesson/#/column",
                "/journal/lesson/#/homework",
            ):
                number = row.id if pattern.endswith(journal) else lesson
                answer = at.ask("GET", pattern.replace("#", str(number)))
                words = (person.login, row.whose, pattern)
                cells.status(answer, (200 if is_open else 404) if may else 403, *words)
                cells.nothing_foreign(person, answer, *words, but=number)
                if may and not is_open:
                    cells.alike(answer, number, at.of_unknown("GET", pattern.replace("#", str(UNKNOWN))), *words)
            if student:
                card = at.ask("GET", f"/journal/cell/{lesson}/{student}")
                cells.nothing_foreign(person, card, person.login, row.whose, "card", but=student)
                cells.expect(is_open or card.status_code in (403, 404), person.login, row.whose, "card")
    cells.finish()


def _works_in(person: Person, row: Row) -> bool:
    works = row.school_class in person.teaches | person.leads and row.school == person.school
    return works or (row.school == person.school and "my_school" in person.breadths)


def invites_into(person: Person, row: Row) -> bool:
    """A class teacher into the class that they lead, the office into those of its school."""
    is_led = row.school_class in person.leads and row.school == person.school
    return is_led or (row.school == person.school and "my_school" in person.breadths)


def _minds_console(grants: frozenset[tuple[str, str]]) -> bool:
    return bool({("can_read", "console"), ("can_write", "console")} & grants)


def test_nobody_and_who_is_disabled_get_in_nowhere(app: Flask, world: World, disabled: Doors) -> None:
    cells = Cells(world, "nobody")
    stranger, token = app.test_client(), disabled.api.headers
    for rule in app.url_map.iter_rules():
        if policy_of(app, rule.endpoint) == "public":
            continue
        path = rule.rule
        for pattern in ID_PATTERNS:
            path = path.replace(pattern, "900000001")
        for pattern in ("<field>", "<name>", "<phone>", "<version>", "<record>", "<day>", "<week>"):
            path = path.replace(pattern, "v1")
        assert "<" not in path, rule.rule
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            is_api = path.startswith("/api/")
            answers = [
                ("anonymous", stranger.open(path, method=method)),
                ("disabled", disabled.ask(method, path)),
            ]
            if is_api:
                answers.append(
                    ("a token of nobody", stranger.open(path, method=method, headers={"Authorization": "x"}))
                )
            for who, answer in answers:
                # A form without its token is refused before anybody asks whose it is.
                wanted: tuple[int, ...] = (401,) if is_api else (302, 400)
                cells.status(answer, wanted, who, method, path)
                is_sent_away = "/login/" in answer.headers.get("Location", "/login/")
                cells.expect(is_sent_away and "900000002" not in answer.get_data(as_text=True), who, method, path)
    assert token
    cells.finish()
