"""Every route has a policy: public by name, for everybody signed in, or by a permission; nothing changes by GET."""

from pathlib import Path

import pytest
from flask import Flask

from app.factory import create_app
from app.records import ALL
from app.web.guard import policy_of
from app.web.resources import resources
from tests.support import SchoolDatabase, settings_for

PUBLIC = {
    "TokenApi.login",
    "TokenApi.refresh",
    "appbuilder.static",
    "bootstrap.static",
    "contacts.follow",
    "contacts.link",
    "diary_offline.offline",
    "diary_offline.worker",
    "health.figures",
    "health.health",
    "join.come_back",
    "join.enter",
    "join.form",
    "join.register",
    "mail_reading.look",
    "mail_reading.say",
    "reader.colours",
    "reader.language",
    "recover.ask",
    "recover.code",
    "recover.code_form",
    "recover.form",
    "recover.new",
    "recover.new_form",
    "sign_in.code",
    "sign_in.form",
    "sign_in.submit",
    "sign_in.submit_code",
    "static",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Made without a word to a database: there is none."""
    nowhere = SchoolDatabase("nowhere", "postgresql://nobody@127.0.0.1:1/x", "postgresql://nobody@127.0.0.1:1/x")
    made = create_app(settings_for(nowhere, "redis://127.0.0.1:1/", Path(tmp_path_factory.mktemp("var"))))
    resources(made).close()
    return made


def test_every_route_has_a_policy(app: Flask) -> None:
    policies = {rule.endpoint: policy_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}

    assert {endpoint for endpoint, policy in policies.items() if not policy} == set()


def test_only_these_routes_are_public(app: Flask) -> None:
    public = {rule.endpoint for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) == "public"}

    assert public == PUBLIC


def test_what_deletes_or_signs_out_is_not_reached_by_get(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if any(word in rule.rule for word in ("delete", "logout", "language", "scheme", "reply")):
            taken = set(rule.methods or ()) - {"HEAD", "OPTIONS"}
            assert "POST" in taken or "DELETE" in taken, rule.rule


@pytest.mark.parametrize("record", ALL, ids=lambda record: record.name)
def test_every_record_type_has_its_list_and_its_api(app: Flask, record: object) -> None:
    addresses = {rule.rule for rule in app.url_map.iter_rules()}

    assert f"/api/v1/{record.name}/" in addresses  # type: ignore[attr-defined]
    assert any(address.rstrip("/").endswith(f"/{record.name}") for address in addresses if "/api/" not in address)  # type: ignore[attr-defined]


def test_two_applications_stand_in_one_process(app: Flask, tmp_path: Path) -> None:
    nowhere = SchoolDatabase("nowhere", "postgresql://nobody@127.0.0.1:1/x", "postgresql://nobody@127.0.0.1:1/x")
    second = create_app(settings_for(nowhere, "redis://127.0.0.1:1/", tmp_path))
    resources(second).close()

    assert {rule.rule for rule in second.url_map.iter_rules()} == {rule.rule for rule in app.url_map.iter_rules()}
