"""What is told of everybody's rights, against the oracle: who sees which record and why; who sees which child."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy import text

from app.models import Student
from app.records import ALL
from app.services.why import people_of, verdict, who_sees
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.web.resources import resources
from tests.factories import AROUND
from tests.matrix.cells import Cells
from tests.matrix.doors import Doors
from tests.matrix.people import PEOPLE
from tests.matrix.records import in_turn
from tests.matrix.world import World


def test_what_is_told_of_rights_is_what_the_doors_do(app: Flask, world: World, doors: Callable[[str], Doors]) -> None:
    cells, by_login = Cells(world, "why"), {each.login: each for each in PEOPLE}
    today = datetime.now(resources(app).settings.timezone).date()
    with transaction(resources(app).engine, SEEDER) as session:
        rows = session.execute(text("SELECT id, username FROM ab_user"), execution_options=AROUND)
        accounts = {row.id: row.username for row in rows if row.username in by_login}
        people = people_of(session, accounts, today)
        for turn, declared in enumerate(ALL):
            for place, known in enumerate(in_turn(people, 5, turn)):
                person = by_login[accounts[known.id]]
                for row in in_turn(world.of(declared.name), 1, turn + place):
                    told = verdict(session, known, declared, session.get_one(declared.model, row.id))
                    words = (person.login, declared.name, row.whose, row.id)
                    cells.expect(told.sees == person.sees(row), *words, "sees", told)
                    cells.expect(told.may_read == person.may("can_read", declared.name), *words, "reads", told)
                    has_reason = bool(told.breadths or told.by_belonging or told.needs_several)
                    cells.expect(has_reason == told.sees, *words, "no reason", told)
        for row in world.of("student"):
            told_of = {accounts.get(one.id) for one, _by in who_sees(session, session.get_one(Student, row.id), today)}
            wanted = {one.login for one in PEOPLE if one.sees(row) and one.may("can_read", "student")}
            cells.expect(told_of - {None} == wanted, row.whose, "is seen by", told_of, "not", wanted)
        session.rollback()
    cells.finish()
