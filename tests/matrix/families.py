"""Everybody at the pages of families: a child's diary, requests about own data, and who sees a child."""

import json
from typing import Any

from tests.matrix.cells import UNKNOWN, Cells
from tests.matrix.pages import OVERSEE, DoorsOf
from tests.matrix.people import CLASS_OF, PEOPLE
from tests.matrix.records import in_turn
from tests.matrix.world import World


def test_everybody_at_the_diary_of_everybodys_child(world: World, doors: DoorsOf) -> None:
    cells, turn = Cells(world, "diary"), 0
    for person in PEOPLE:
        at, may = doors(person.login), person.may("can_read", "lesson")
        for row in world.of("student"):
            # The own children and oneself, and no student of a class that one teaches or leads.
            is_own = row.student in (person.guards | {person.is_student} - {""}) and "own" in person.breadths
            acts: tuple[tuple[str, str, dict[str, Any], bool], ...] = (
                ("GET", f"/diary/{row.id}", {}, may),
                ("GET", f"/diary/{row.id}/2026-W47", {}, may),
                ("GET", f"/diary/{row.id}/news", {}, may),
                ("GET", f"/absences/{row.id}", {}, person.may("can_read", "absence_notice")),
                ("GET", f"/homework/{row.id}", {}, person.may("can_read", "homework")),
                ("GET", f"/attendance/{row.id}", {}, person.may("can_read", "absence")),
                ("GET", f"/progress/{row.id}/charts", {}, person.may("can_read", "mark")),
                ("GET", f"/progress/{row.id}/ratings", {}, person.may("can_read", "mark")),
                ("POST", "/diary/switch", {"data": {"child": str(row.id)}}, person.may("can_read", "student")),
            )
            turn += 1
            for method, path, more, may_this in acts if is_own else in_turn(acts, 3, turn):
                words = (person.login, row.whose, method, path)
                answer = at.ask(method, path, **more)
                wanted = 403 if not may_this else 404 if not is_own else 200 if method == "GET" else 303
                cells.status(answer, wanted, *words)
                cells.nothing_foreign(person, answer, *words, but=row.id)
                if wanted == 404:
                    unknown = json.loads(json.dumps(more).replace(str(row.id), str(UNKNOWN)))
                    path = path.replace(str(row.id), str(UNKNOWN))
                    cells.alike(answer, row.id, at.of_unknown(method, path, **unknown), *words)
    cells.finish()


def test_everybody_at_everybodys_requests_about_own_data(world: World, doors: DoorsOf) -> None:
    cells, decides = Cells(world, "data requests"), ("can_write", "data_decision")
    for person in PEOPLE:
        at, may_ask = doors(person.login), person.may("can_write", "data_request")
        for row in world.of("data_request"):
            is_own = row.guardian == person.is_guardian
            may_decide = person.may(*decides) and person.sees(row) and not is_own
            for act in ("decline", "accept"):
                words = (person.login, row.whose, act)
                if may_decide and act == "accept":
                    continue  # the world is everybody's
                answer = at.ask("POST", f"/requests/{row.id}/{act}", data={"answer": ""})
                cells.nothing_foreign(person, answer, *words, but=row.id)
                if may_decide:
                    cells.status(answer, 422, *words)  # a word is wanted
                    continue
                cells.status(answer, 404 if person.may(*decides) else 403, *words)
                unknown = at.of_unknown("POST", f"/requests/{UNKNOWN}/{act}", data={"answer": ""})
                cells.alike(answer, row.id, unknown, *words)
            if not is_own:
                answer = at.ask("POST", f"/my-details/requests/{row.id}/withdraw")
                cells.status(answer, 404 if may_ask else 403, person.login, row.whose, "withdraw")
        for row in world.of("guardian"):
            if row.guardian != person.is_guardian:
                for act in ("change", "child", "not-mine"):
                    words = (person.login, row.whose, act)
                    answer = at.ask("POST", f"/my-details/{row.id}/{act}")
                    cells.status(answer, 404 if may_ask else 403, *words)
                    cells.alike(answer, row.id, at.of_unknown("POST", f"/my-details/{UNKNOWN}/{act}"), *words)
    cells.finish()


def test_who_sees_a_child_is_told_to_who_sees_the_child_and_minds_it(world: World, doors: DoorsOf) -> None:
    cells = Cells(world, "who sees a child")
    for person in PEOPLE:
        at, oversees = doors(person.login), bool(set(person.grants) & OVERSEE)
        for row in world.of("student"):
            answer, path = at.ask("GET", f"/students/{row.id}/seen-by"), f"/students/{UNKNOWN}/seen-by"
            words = (person.login, row.whose)
            if not person.may("can_read", "student") or not (oversees or person.leads):
                cells.status(answer, 403, *words)
            elif not person.sees(row):
                cells.status(answer, 404, *words)
            else:
                is_theirs = oversees or CLASS_OF[row.student] in person.leads
                cells.status(answer, 200 if is_theirs else 403, *words)
                cells.nothing_foreign(person, answer, *words)
                continue
            if not person.sees(row):  # the own children's numbers stand in the switch of every page
                cells.alike(answer, row.id, at.of_unknown("GET", path), *words)
    cells.finish()
