"""One model and one declaration are the whole cost of a record type: list, form, API, export, history, row rule."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import CheckConstraint, ForeignKey, create_engine
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import records
from app.domain.errors import InvalidInput
from app.factory import create_app, install_permissions
from app.models import Staff
from app.models.base import Code, OfClass, Prose, Small, Table, Title, Versioned
from app.models.school import SchoolClass
from app.records.record_type import RecordType
from app.services.ledger import verify_all
from app.session.engine import install
from app.web.resources import resources
from app.words import Word
from config import Settings, sqlalchemy_url
from launcher.redis import Redis
from tests.factories import PASSWORD, MadeSchool, a_school
from tests.generator.school import told
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Api, Browser, Statements, api_for, client_for


@dataclass
class Club:
    """The throw-away record type in an application and a database of its own."""

    model: type[Any]
    settings: Settings
    app: Any
    made: MadeSchool

    def api(self, who: str) -> Api:
        return api_for(self.app, who, PASSWORD)

    def browser(self, who: str) -> Browser:
        return client_for(self.app, who, PASSWORD)


def the_model() -> type[Any]:
    class SchoolClub(OfClass, Versioned, Table):
        """A club of one class."""

        __tablename__ = "school_club"
        __table_args__ = (CheckConstraint("places BETWEEN 1 AND 30", name="a_club_has_from_1_to_30_places"),)
        school_from = "school_class"

        name: Mapped[Title]
        kind: Mapped[Code] = mapped_column(default="sport")
        places: Mapped[Small]
        about: Mapped[Prose] = mapped_column(default="")
        leader_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

        school_class: Mapped[SchoolClass] = relationship()
        leader: Mapped[Staff | None] = relationship()

        def __str__(self) -> str:
            return f"{self.name} · {self.school_class}"

    return SchoolClub


def the_declaration(model: type[Any]) -> RecordType:
    def check(session: Any, club: Any) -> None:
        if club.name == "Кружок":
            raise InvalidInput("name", "text.empty")

    return RecordType(
        model=model,
        title=Word("Clubs"),
        one=Word("Club"),
        menu=Word("Free time"),
        columns=("name", "school_class", "kind", "places", "leader"),
        fields=("name", "school_class", "kind", "places", "leader", "about"),
        search=("name", "leader.surname"),
        order=("name",),
        groups=((Word("What it is"), ("name", "kind", "about")),),
        inline=("places",),
        bulk=("kind",),
        choices={"kind": {"sport": Word("sport"), "chess": Word("chess")}},
        writes=lambda actor, club: club.school_class_id in actor.class_ids,
        check=check,
    )


@pytest.fixture(scope="module")
def club(
    fresh_database: Callable[[], AbstractContextManager[SchoolDatabase]],
    redis_server: Redis,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Club]:
    declared_before, model = records.ALL, the_model()
    with fresh_database() as database:
        settings = settings_for(database, redis_server.url, Path(tmp_path_factory.mktemp("club")))
        engine = create_engine(sqlalchemy_url(database.owner_url))
        model.__table__.create(engine)
        made = a_school(engine)
        engine.dispose()
        records.ALL = (*declared_before, the_declaration(model))
        try:
            install_permissions(settings)
            _grant(database)
            app = create_app(settings)
            with closing(resources(app)):
                yield Club(model, settings, app, made)
        finally:
            records.ALL = declared_before
            install(declared_before)
            _forget(model)


def _grant(database: SchoolDatabase) -> None:
    role = database.app_url.split("//")[1].split(":")[0]
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON school_club TO "{role}"')  # type: ignore[arg-type]
        connection.execute(
            "INSERT INTO ab_permission_view_role (permission_view_id, role_id) "
            "SELECT pv.id, r.id FROM ab_permission_view pv JOIN ab_view_menu v ON v.id = pv.view_menu_id "
            "JOIN ab_permission p ON p.id = pv.permission_id, ab_role r WHERE v.name = 'school_club' "
            "AND (r.name = 'teacher' OR (r.name = 'guardian' AND p.name = 'can_read'))"
        )


def _forget(model: type[Any]) -> None:
    """Other tests compare the tables with the migrations: this one never was."""
    manager = model._sa_class_manager
    Table.metadata.remove(model.__table__)
    Table.registry._managers.pop(manager)
    Table.registry._dispose_manager_and_mapper(manager)


@pytest.fixture
def chess(club: Club) -> dict[str, Any]:
    """A club of 5А, added through the API."""
    body = {"name": "Шахматы", "school_class": club.made.class_5a.id, "kind": "chess", "places": 12}
    answer = club.api("teacher").post("/api/v1/school_club/", json={**body, "leader": club.made.teacher.id})
    assert answer.status_code == 201, answer.text
    return dict(told(answer)["result"])


def test_its_list_stands_in_the_menu_and_is_searched_filtered_and_sorted(club: Club, chess: dict[str, Any]) -> None:
    page = club.browser("teacher")

    assert 'href="/records/school_club/"' in page.get("/").text
    for query in ("q=шах+иванова", "f.kind=chess", "f.places.from=12", f"f.school_class={club.made.class_5a.id}"):
        with Statements(club.app) as said:
            assert "Шахматы" in page.get(f"/records/school_club/?{query}&order=-leader").text
        assert len(said) <= 7
    assert f'"/records/school_club/{chess["id"]}"' in page.get("/records/school_club/?f.kind=chess&page_size=100").text
    assert f'"/records/school_club/{chess["id"]}"' not in page.get("/records/school_club/?f.kind=sport").text


def test_its_form_adds_and_says_what_is_wrong(club: Club) -> None:
    page = club.browser("teacher")
    page.get("/records/school_club/add")
    fields = {
        "name": "Лыжи",
        "school_class": club.made.class_5a.id,
        "kind": "sport",
        "places": "31",
        "about": "<зимой>",
    }

    refused = page.post("/records/school_club/add", fields)
    by_the_check = page.post("/records/school_club/add", fields | {"places": "30", "name": "Кружок"})
    saved = page.post("/records/school_club/add", fields | {"places": "30"})

    assert "Число от 1 до 30." in refused.text
    assert "&lt;зимой&gt;" in refused.text
    assert 'id="field-name-error"' in by_the_check.text
    assert "&lt;зимой&gt;" in page.get(saved.headers["Location"]).text


def test_its_api_writes_reads_and_refuses(club: Club, chess: dict[str, Any]) -> None:
    teacher, path = club.api("teacher"), f"/api/v1/school_club/{chess['id']}"

    assert chess["names"] == {"school_class": "5А", "leader": "Иванова Ольга"}
    assert told(teacher.put(path, json={"places": 15, "version": chess["version"]}))["result"]["places"] == 15
    assert teacher.put(path, json={"places": 16, "version": chess["version"]}).status_code == 409
    assert told(teacher.post("/api/v1/school_club/", json={}))["message"].keys() == {"name", "school_class", "places"}
    assert teacher.put(path, json={"kind": "dance"}).status_code == 422
    assert "/api/v1/school_club/" in told(teacher.get("/api/v1/_openapi"))["paths"]


def test_its_export_and_history_follow(club: Club, chess: dict[str, Any]) -> None:
    page, teacher = club.browser("teacher"), club.api("teacher")
    teacher.put(f"/api/v1/school_club/{chess['id']}", json={"places": 20})

    assert '"Шахматы";"5А";"chess";"20";"Иванова Ольга"' in page.get("/records/school_club/export.csv?q=шах").text
    history = page.get(f"/records/school_club/{chess['id']}/history").text
    assert re.search(r"<del>12</del>.*<ins>20</ins>", history, re.DOTALL)
    assert verify_all(club.settings) == []


def test_its_rows_are_seen_by_their_shape_and_written_by_its_rule(club: Club, chess: dict[str, Any]) -> None:
    path = f"/api/v1/school_club/{chess['id']}"
    mother, father, other = club.api("mother"), club.api("father"), club.api("other_teacher")
    in_5b = {"name": "Лес", "school_class": club.made.class_5b.id, "places": 5}

    assert mother.get(path).status_code == 200
    assert mother.put(path, json={"places": 1}).status_code == 403
    assert [father.get(path).status_code, other.get(path).status_code] == [404, 404]
    assert other.put(path, json={"places": 1}).status_code == 404
    assert other.post("/api/v1/school_club/", json=in_5b).status_code == 201
    assert club.api("teacher").post("/api/v1/school_club/", json=in_5b).status_code == 422


def test_its_columns_groups_inline_and_bulk_edits_follow(club: Club, chess: dict[str, Any]) -> None:
    page, path = club.browser("teacher"), "/records/school_club/"
    head, cell = f"{path}?columns=name,about", f"{path}{chess['id']}/cell/places"

    assert "<legend>What it is</legend>" in page.get(f"{path}add").text
    assert 'data-label="About"' in page.get(head).text
    assert 'value="12"' in page.get(cell).text
    assert page.post(cell, {"version": "1", "places": "13"}).status_code == 303
    chosen = {"act": "set.kind", "row": f"{chess['id']}:2", "given": "1", "kind": "sport"}
    assert "<ins>sport</ins>" in page.post(f"{path}bulk", chosen).text
    assert page.post(f"{path}bulk", chosen | {"sure": "1"}).status_code == 303
    kept = told(club.api("teacher").get(f"/api/v1/school_club/{chess['id']}"))["result"]
    assert (kept["places"], kept["kind"]) == (13, "sport")


def test_it_is_deleted(club: Club, chess: dict[str, Any]) -> None:
    teacher, path = club.api("teacher"), f"/api/v1/school_club/{chess['id']}"

    assert teacher.delete(path).status_code == 200
    assert teacher.get(path).status_code == 404
