"""A school's own settings: what is refused when it is saved, and what holds where it stands wrong all the same."""

from datetime import time

import pytest
from sqlalchemy import Engine, select

from app.domain.errors import InvalidInput
from app.domain.settings import DEFINITIONS, read_setting, setting_in_force
from app.models import School, SchoolSetting
from app.session.actors import Actor, system
from app.session.engine import transaction
from app.words import speaking
from app.words.settings import in_use, takes
from tests.factories import MadeSchool

OFFICE = system("office of the tests", "school", "school_setting")


def change_zone(engine: Engine, actor: Actor, made: MadeSchool, zone: str) -> None:
    with transaction(engine, actor) as session:
        session.get_one(School, made.school.id).timezone = zone


@pytest.mark.parametrize("zone", ["Asia/Atlantis", "", "../etc/passwd", "europe/moscow", "MSK-3"])
def test_a_time_zone_that_is_not_known_everywhere_is_refused(engine: Engine, made: MadeSchool, zone: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        change_zone(engine, OFFICE, made, zone)

    assert wrong.value.field == "timezone"


def test_a_time_zone_of_russia_is_kept(engine: Engine, made: MadeSchool) -> None:
    change_zone(engine, OFFICE, made, "Asia/Kamchatka")

    with transaction(engine, OFFICE) as session:
        assert session.scalars(select(School.timezone)).one() == "Asia/Kamchatka"


@pytest.mark.parametrize("written", ["21:00+03:00", "08:00Z", "T08:00", "24:00", "8", "08:00:30", ""])
def test_a_time_is_hours_and_minutes_only(written: str) -> None:
    with pytest.raises(InvalidInput):
        read_setting("quiet_from", written)

    assert setting_in_force("quiet_from", written) == time(21)


def test_a_time_may_have_one_digit() -> None:
    assert read_setting("quiet_until", " 8:05 ") == time(8, 5)


def test_what_is_written_may_be_russian_and_is_told_in_the_reader_s_words() -> None:
    assert [read_setting("quiet_hours", written) for written in ("Да", "нет", "yes", "NO")] == [
        True,
        False,
        True,
        False,
    ]
    assert read_setting("sms_countries", "+7, 375") == ("7", "375")
    assert read_setting("sms_countries", "все") == read_setting("second_factor_roles", "нет") == ()
    with speaking("ru"):
        assert (str(in_use("quiet_hours", "no")), in_use("codes_a_day", "7")) == ("нет", "7")
        assert in_use("second_factor_roles", "head, завуч") == "директор, завуч"
        assert str(takes("codes_a_day")) == "Допустимо: 3–50. Обычно: 10. В документации: codes_a_day."
        assert {name for name in DEFINITIONS if not str(takes(name))} == set()


@pytest.mark.parametrize(
    ("written", "roles"),
    [("Head,  secretary", ("head", "secretary")), ("директор школы", None), ("none", ()), ("nobody here", None),
     ("head,,secretary", None), ("x" * 65, None), ("директор, школьный врач", None)],
)  # fmt: skip
def test_roles_are_named_as_the_school_names_them_and_none_is_misspelt(
    engine: Engine, made: MadeSchool, written: str, roles: tuple[str, ...] | None
) -> None:
    def change() -> None:
        with transaction(engine, OFFICE) as session:
            wanted = select(SchoolSetting).where(SchoolSetting.name == "second_factor_roles")
            session.scalars(wanted).one().value = written

    if roles is None:
        with pytest.raises(InvalidInput) as wrong:
            change()
        assert wrong.value.field == "value"
    else:
        change()
        assert read_setting("second_factor_roles", written) == roles
