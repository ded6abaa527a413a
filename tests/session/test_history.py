"""The chain: every change a link, no fork, nothing that can be taken back."""

import threading

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from app.domain.chain import START, link_hash, value_digest
from app.domain.errors import NotAllowed
from app.models import ChainHead, Mark, Pseudonym, Revision, RevisionValue
from app.session.actors import AUDITOR, SEEDER, Actor
from app.session.engine import transaction
from tests.factories import MadeSchool, a_mark

AROUND = {"around_the_rule": True}


def links(engine: Engine, school_id: int) -> list[Revision]:
    with transaction(engine, AUDITOR) as session:
        query = select(Revision).where(Revision.school_id == school_id).order_by(Revision.number)
        return list(session.scalars(query))


def assert_whole(engine: Engine, school_id: int) -> list[Revision]:
    """Walk the chain by hand, as an outsider would."""
    found = links(engine, school_id)
    previous = START
    for number, link in enumerate(found, start=1):
        assert link.number == number
        assert link.previous == previous
        previous = link_hash(
            previous, school_id=school_id, number=number, record=link.record, record_id=link.record_id,
            action=link.action, happened_at=link.happened_at, author=link.author, fields=link.fields,
        )  # fmt: skip
        assert link.hash == previous
    with transaction(engine, AUDITOR) as session:
        head = session.scalars(select(ChainHead).where(ChainHead.school_id == school_id)).one()
        assert (head.number, head.hash) == (len(found), previous)
    return found


def test_a_mark_s_life_is_told_by_its_revisions(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with transaction(engine, teacher) as session:
        mark = a_mark(made)
        session.add(mark)
    with transaction(engine, teacher) as session:
        session.get_one(Mark, mark.id).value = "4"
    with transaction(engine, teacher) as session:
        session.delete(session.get_one(Mark, mark.id))

    told = [link for link in assert_whole(engine, made.school.id) if link.record == "mark"]
    with transaction(engine, AUDITOR) as session:
        values = {
            (one.revision_id, one.field): (one.old, one.new, one.salt) for one in session.scalars(select(RevisionValue))
        }
        author = session.scalars(select(Pseudonym).where(Pseudonym.key == told[0].author)).one()

    assert [link.action for link in told] == ["added", "changed", "deleted"]
    assert [values[link.id, "value"][:2] for link in told] == [(None, "5"), ("5", "4"), ("4", None)]
    assert set(told[1].fields) == {"value"}
    old, new, salt = values[told[1].id, "value"]
    assert told[1].fields["value"] == value_digest(salt, old, new)
    assert author.user_id == teacher.user_id
    assert all(link.author == author.key for link in told)


def test_a_record_that_was_changed_without_being_loaded_is_told_and_judged(
    engine: Engine, teacher: Actor, mother: Actor, made: MadeSchool
) -> None:
    with transaction(engine, teacher) as session:
        session.add(mark := a_mark(made))
    with transaction(engine, teacher) as session:
        known = session.get_one(Mark, mark.id)
        session.expire(known)  # as a rollback to a savepoint leaves it
        known.value = "4"
    with transaction(engine, AUDITOR) as session:
        values = select(RevisionValue.old, RevisionValue.new).where(RevisionValue.field == "value")
        assert session.execute(values.order_by(RevisionValue.revision_id)).all()[-2:] == [(None, "5"), ("5", "4")]

    with pytest.raises(NotAllowed), transaction(engine, mother) as session:
        known = session.get_one(Mark, mark.id)
        session.expire(known)
        known.value = "2"


def test_a_refused_change_leaves_no_link(engine: Engine, mother: Actor, made: MadeSchool) -> None:
    before = len(links(engine, made.school.id))

    with pytest.raises(Exception, match="not_allowed"), transaction(engine, mother) as session:
        session.add(a_mark(made))

    assert len(assert_whole(engine, made.school.id)) == before


def test_writers_at_once_never_fork_the_chain(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    before = len(links(engine, made.school.id))
    start = threading.Barrier(8)
    failures: list[BaseException] = []

    def write() -> None:
        try:
            start.wait()
            for _ in range(5):
                with transaction(engine, teacher) as session:
                    session.add(a_mark(made))
        except BaseException as failure:
            failures.append(failure)

    writers = [threading.Thread(target=write) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert failures == []
    assert len(assert_whole(engine, made.school.id)) == before + 40


def test_a_change_rolled_back_to_a_savepoint_leaves_no_link(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with transaction(engine, teacher) as session:
        session.add(a_mark(made, value="3"))
        session.flush()
        undone = session.begin_nested()
        session.add(a_mark(made, value="2"))
        session.flush()
        undone.rollback()

    told = [link for link in assert_whole(engine, made.school.id) if link.record == "mark"]
    assert len(told) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revision SET action = 'added'",
        "DELETE FROM revision",
        "TRUNCATE revision CASCADE",
        "UPDATE revision_value SET new = '\"5\"'",
        "DELETE FROM revision_value",
        "TRUNCATE revision_value",
        "ALTER TABLE revision DISABLE TRIGGER ALL",
        "DROP TABLE revision CASCADE",
    ],
)
def test_application_role_can_neither_change_nor_empty_the_chain(engine: Engine, made: MadeSchool, statement) -> None:
    before = links(engine, made.school.id)

    with pytest.raises(DBAPIError), transaction(engine, SEEDER) as session:
        session.execute(text(statement), execution_options=AROUND)

    assert [link.hash for link in assert_whole(engine, made.school.id)] == [link.hash for link in before]
