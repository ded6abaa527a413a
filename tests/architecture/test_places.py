"""The places keep what they promise: jobs resolve, queues are served, tables have shapes, models match migrations."""

import ast
import importlib
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

import config
from app.records import ALL
from app.services.jobs import NAMES, QUEUES
from app.session.engine import install
from app.session.rows import check_shapes
from tests.support import SchoolDatabase

ROOT = Path(__file__).resolve().parents[2]

# Who may write what goes around the row rule: each place names its reason in its own docstrings.
AROUND_ALLOWED = (
    "app/session/",
    "app/services/",
    "app/records/checks.py",
    "app/records/journal.py",
    "app/records/sms.py",
    "app/web/",
    "workers/",
    "seeds/",
    "sms_gateway/outbox.py",
    "launcher/",
)
WAYS_AROUND = {"around_the_rule", "bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings", "get_bind"}


@pytest.mark.parametrize("name", NAMES)
def test_every_job_name_resolves(name: str) -> None:
    module, _, function = name.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))


def test_every_queue_is_served() -> None:
    source = (ROOT / "workers" / "main.py").read_text(encoding="utf-8")
    assert "QUEUES" in source
    assert len(set(QUEUES)) == len(QUEUES)


def test_every_table_has_one_shape() -> None:
    check_shapes()
    install(ALL)


def test_record_names_are_unique() -> None:
    assert len({record.name for record in ALL}) == len(ALL)


def test_models_match_the_migrations(database: SchoolDatabase) -> None:
    scripts = Config()
    scripts.set_main_option("script_location", str(ROOT / "app" / "migrations"))
    scripts.attributes["url"] = config.sqlalchemy_url(database.owner_url)
    command.check(scripts)


@pytest.mark.parametrize("source", sorted(ROOT.glob("app/**/*.py")) + sorted(ROOT.glob("[ws]*/**/*.py")), ids=str)
def test_only_named_places_go_around_the_rule(source: Path) -> None:
    place = source.relative_to(ROOT).as_posix()
    if place.startswith(AROUND_ALLOWED):
        return
    tree = ast.parse(source.read_text(encoding="utf-8"))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    keywords = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    assert not WAYS_AROUND & (names | strings | keywords)


def test_every_setting_is_documented_in_its_place() -> None:
    from dataclasses import fields

    for setting in fields(config.Settings):
        assert setting.metadata["variable"].startswith("ZVONOK_")
        assert len(setting.metadata["says"]) > 10
