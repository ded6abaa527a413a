"""Pages and rules about marks: the made school and its people at the door, as the generator's tests have them."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.models import SchoolSetting
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool
from tests.generator.conftest import api, app, browser, engine, made, mother, secretary, teacher

__all__ = ["api", "app", "browser", "engine", "made", "mother", "secretary", "teacher"]

Put = Callable[..., Any]


@pytest.fixture
def put(engine: Engine) -> Put:
    """`put(row)`: save rows as the seeds do, past every rule; the last of them."""

    def save(*rows: Any) -> Any:
        with transaction(engine, SEEDER) as session:
            session.add_all(rows)
        return rows[-1]

    return save


@pytest.fixture
def setting(engine: Engine, made: MadeSchool) -> Callable[[str, str], None]:
    """`setting("free_edit_days", "7")`: what the school sets for itself."""

    def set_to(name: str, value: str) -> None:
        with transaction(engine, SEEDER) as session:
            found = session.scalars(select(SchoolSetting).where(SchoolSetting.name == name)).first()
            if found is None:
                session.add(SchoolSetting(school_id=made.school.id, name=name, value=value))
            else:
                found.value = value

    return set_to
