"""The record type of what a school sets for itself, one row for each setting."""

from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.settings import DEFINITIONS, read_setting
from app.models import SchoolSetting
from app.records.record_type import RecordType
from app.records.school import SCHOOL, office
from app.services.holding import let_go
from app.session.declarations import Change
from app.words import _
from app.words.roles import WORDS, names_of_role, role_word
from app.words.settings import SETTING_NAMES, in_use, takes


def _check_setting(session: Session, setting: SchoolSetting) -> None:
    value = read_setting(setting.name, setting.value)
    if isinstance(value, tuple) and DEFINITIONS[setting.name].kind == "roles":
        _check_roles(session, value)


def _let_texts_go(change: Change) -> None:
    """What the former number of texts held back is looked at again."""
    if change.record.name == "family_texts_a_month":
        let_go(change.session, change.record.school_id)


def _check_roles(session: Session, names: tuple[str, ...]) -> None:
    """A role that is misspelt would quietly go without what the setting asks."""
    known = session.scalars(select(Role.name).order_by(Role.name)).all()
    if not set(names) <= {said for name in known for said in names_of_role(name)}:
        allowed = ", ".join(str(role_word(name)) for name in known if name in WORDS)
        raise InvalidInput("value", "setting.value", allowed=f"{allowed} / {_('none')}")


SCHOOL_SETTINGS = RecordType(
    model=SchoolSetting,
    title=_("Settings"),
    one=_("Setting"),
    menu=SCHOOL,
    columns=("name", "value"),
    fields=("name", "value"),
    order=("name",),
    choices={"name": {name: SETTING_NAMES[name] for name in DEFINITIONS}},
    inline=("value",),
    worded={"value": lambda setting: in_use(setting.name, setting.value)},
    notes={"value": lambda setting: takes(setting.name)},
    writes=office,
    deletes=False,
    check=_check_setting,
    follows=_let_texts_go,
)
