"""The API's description: whole, for signed-in staff, and made of what the declarations say."""

from collections.abc import Iterator
from typing import Any

from app.records import ALL
from tests.generator.school import told
from tests.web_support import Api


def references(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        if "$ref" in told:
            yield told["$ref"]
        for inner in told.values():
            yield from references(inner)
    elif isinstance(told, list):
        for inner in told:
            yield from references(inner)


def test_every_record_is_described_and_every_reference_leads_somewhere(teacher: Api) -> None:
    answer = teacher.get("/api/v1/_openapi")
    assert answer.status_code == 200
    described = told(answer)

    for record in ALL:
        assert {"get", "post"} <= described["paths"][f"/api/v1/{record.name}/"].keys()
        assert {"get", "put", "delete"} <= described["paths"][f"/api/v1/{record.name}/{{pk}}"].keys()
    for reference in references(described):
        place: Any = described
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_a_record_is_described_as_it_is_declared(teacher: Api) -> None:
    schemas = told(teacher.get("/api/v1/_openapi"))["components"]["schemas"]

    mark = schemas["mark.post"]["properties"]
    assert mark.keys() == {"lesson", "student", "value", "work_type", "comment"}
    assert mark["lesson"]["type"] == "integer"
    assert mark["comment"]["maxLength"] == 500
    assert schemas["absence.post"]["properties"]["reason"]["enum"] == ["absent", "ill", "excused", "late"]
    assert "version" in schemas["mark.put"]["properties"]
    assert {"id", "version", "names"} <= schemas["mark.one"]["properties"].keys()
    assert "password" in schemas["sms_link.post"]["properties"]
    assert "password" not in schemas["sms_link.one"]["properties"]
