"""Everybody at the summary sheets, the term marks of a subject, a student's progress and the unlocks of a term."""

from tests.matrix.cells import UNKNOWN, Cells
from tests.matrix.pages import DoorsOf, invites_into
from tests.matrix.people import PEOPLE
from tests.matrix.world import World


def test_sheets_and_progress_are_shown_of_ones_own_alone(world: World, doors: DoorsOf) -> None:
    cells = Cells(world, "sheets")
    terms, subjects = world.of("term"), world.of("subject")
    for person in PEOPLE:
        at = doors(person.login)
        for row in world.of("school_class"):
            is_own = person.may("can_read", "term_mark") and invites_into(person, row)
            for ending in ("", ".xlsx", ".pdf"):
                answer = at.ask("GET", f"/summary/{row.id}{ending}")
                words = (person.login, row.whose, f"/summary/…{ending}")
                refused = 404 if person.may("can_read", "term_mark") else 403
                cells.status(answer, 200 if is_own else refused, *words)
                if not is_own:
                    cells.alike(answer, row.id, at.of_unknown("GET", f"/summary/{UNKNOWN}{ending}"), *words)
                if not ending:
                    cells.nothing_foreign(person, answer, *words, but=row.id)
            sheet = f"/term-marks/{row.id}/{subjects[0].id}/{terms[0].id}"
            is_taught = row.school_class in person.teaches and person.may("can_write", "term_mark")
            answer = at.ask("GET", sheet)
            wanted = (200, 404) if is_taught else (404 if person.may("can_write", "term_mark") else 403,)
            cells.status(answer, wanted, person.login, row.whose, "/term-marks/…")
        for row in world.of("student"):
            may = person.may("can_read", "mark")
            answer = at.ask("GET", f"/progress/{row.id}")
            words = (person.login, row.whose, "/progress/…")
            is_seen = may and person.sees(row)
            cells.status(answer, 200 if is_seen else 404 if may else 403, *words)
            cells.nothing_foreign(person, answer, *words, but=row.id)
        for row in world.of("term_unlock"):
            answer = at.ask("POST", f"/unlocks/{row.id}/close")
            is_own = person.may("can_write", "term_unlock") and person.school == row.school
            cells.status(answer, (303, 404) if is_own else 404 if person.may("can_write", "term_unlock") else 403,
                         person.login, row.whose, "/unlocks/…/close")  # fmt: skip
    cells.finish()
