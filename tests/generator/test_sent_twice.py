"""A request that is sent twice is carried out once: by its Idempotency-Key, also when both come at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.factories import MadeSchool
from tests.generator.school import count, give_mark, mark_body, told
from tests.support import SchoolDatabase
from tests.web_support import Api

KEY = {"Idempotency-Key": "e1c7"}


def test_the_same_key_again_returns_the_first_answer(teacher: Api, made: MadeSchool, database: SchoolDatabase) -> None:
    first, second = (teacher.post("/api/v1/mark/", json=mark_body(made), headers=KEY) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert count(database, "mark", "notice") == [1, 1]


def test_a_key_is_good_for_one_request_of_one_person(teacher: Api, secretary: Api, made: MadeSchool) -> None:
    teacher.post("/api/v1/mark/", json=mark_body(made), headers=KEY)

    other_body = teacher.post("/api/v1/mark/", json=mark_body(made, value="4"), headers=KEY)
    other_person = secretary.post("/api/v1/student/", json={"surname": "А", "given_name": "Б"}, headers=KEY)
    too_long = teacher.post("/api/v1/mark/", json=mark_body(made), headers={"Idempotency-Key": "x" * 101})

    assert other_body.status_code == 422
    assert told(other_body)["message"].keys() == {"Idempotency-Key"}
    assert other_person.status_code == 201
    assert too_long.status_code == 422


def test_a_refused_request_leaves_its_key_free(teacher: Api, made: MadeSchool) -> None:
    assert teacher.post("/api/v1/mark/", json=mark_body(made, value="9"), headers=KEY).status_code == 422

    assert teacher.post("/api/v1/mark/", json=mark_body(made, value="5"), headers=KEY).status_code == 201


def test_changes_and_deletions_take_a_key_too(teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)

    changes = [
        teacher.put(f"/api/v1/mark/{mark}", json={"value": "4", "version": 1}, headers={"Idempotency-Key": "put"})
        for _ in range(2)
    ]
    deletions = [teacher.delete(f"/api/v1/mark/{mark}", headers={"Idempotency-Key": "delete"}) for _ in range(2)]

    assert [answer.status_code for answer in (*changes, *deletions)] == [200, 200, 200, 200]
    assert changes[0].data == changes[1].data


def test_two_at_the_same_moment_are_one(teacher: Api, made: MadeSchool, database: SchoolDatabase) -> None:
    gate = Barrier(4)

    def send(_: int) -> tuple[int, bytes]:
        gate.wait()
        answer = Api(teacher.client.application, teacher.headers["Authorization"].removeprefix("Bearer ")).post(
            "/api/v1/mark/", json=mark_body(made), headers=KEY
        )
        return answer.status_code, answer.data

    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(send, range(4)))

    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
    assert count(database, "mark") == [1]


def test_of_two_who_edit_one_version_one_is_told(teacher: Api, made: MadeSchool) -> None:
    mark, gate = give_mark(teacher, made), Barrier(6)

    def edit(number: int) -> int:
        program = Api(teacher.client.application, teacher.headers["Authorization"].removeprefix("Bearer "))
        gate.wait()
        return program.put(f"/api/v1/mark/{mark}", json={"comment": f"рука {number}", "version": 1}).status_code

    with ThreadPoolExecutor(6) as threads:
        codes = sorted(threads.map(edit, range(6)))

    assert codes == [200, 409, 409, 409, 409, 409]
    assert told(teacher.get(f"/api/v1/mark/{mark}"))["result"]["version"] == 2
