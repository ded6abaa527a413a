"""What its schools ask of an account, read in the account's own query: idle lock, proof, length, second factor.

Of several schools the strictest holds. An account of no school (the authority) is asked what any school asks.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import literal_column

from app.domain.settings import Value, setting_in_force
from app.words.roles import names_of_role

NAMES = ("idle_lock_minutes", "proof_minutes", "second_factor_roles", "shortest_password", "one_time_days")

_SCHOOLS = """
SELECT school_id FROM staff WHERE user_id = ab_user.id
UNION SELECT school_id FROM guardian WHERE user_id = ab_user.id
UNION SELECT school_id FROM student WHERE user_id = ab_user.id
"""
_ASKED = f"""ARRAY(
SELECT DISTINCT name || '=' || coalesce(value, '')
FROM ({_SCHOOLS} UNION SELECT id FROM school WHERE NOT EXISTS ({_SCHOOLS})) AS own
CROSS JOIN unnest(ARRAY[{", ".join(f"'{name}'" for name in NAMES)}]) AS names (name)
LEFT JOIN school_setting AS given USING (school_id, name))"""
_ROLES = """ARRAY(
SELECT lower(name) FROM ab_role JOIN ab_user_role ON role_id = ab_role.id WHERE user_id = ab_user.id
UNION SELECT lower(r.name) FROM ab_role r JOIN ab_group_role gr ON gr.role_id = r.id
JOIN ab_user_group ug ON ug.group_id = gr.group_id WHERE ug.user_id = ab_user.id)"""
_IS_FAMILY = """(NOT EXISTS (SELECT FROM staff WHERE user_id = ab_user.id) AND (
EXISTS (SELECT FROM guardian WHERE user_id = ab_user.id) OR EXISTS (SELECT FROM student WHERE user_id = ab_user.id)))"""
_FACTOR = "(SELECT salt FROM second_factor WHERE user_id = ab_user.id AND confirmed_at IS NOT NULL)"
_ONE_TIME = "(SELECT created_at FROM one_time_password WHERE user_id = ab_user.id)"

COLUMNS: tuple[Any, ...] = (
    literal_column(_ASKED).label("asked"),
    literal_column(_ROLES).label("role_names"),
    literal_column(_IS_FAMILY).label("is_family"),
    literal_column(_FACTOR).label("factor"),
    literal_column(_ONE_TIME).label("one_time"),
)


@dataclass(frozen=True)
class AccountRules:
    """What holds for one account."""

    idle: timedelta | None  # none: never locked
    proof: timedelta
    shortest_password: int
    wants_second_factor: bool
    one_time_life: timedelta  # of a password that somebody else made


def rules_in(asked: Iterable[str], role_names: Iterable[str]) -> AccountRules:
    """The rules in the columns `asked` and `role_names` of a row."""
    found: dict[str, list[Any]] = defaultdict(list)
    for each in asked:
        name, _, written = each.partition("=")
        found[name].append(setting_in_force(name, written or None))
    idle = [minutes for minutes in _of(found, "idle_lock_minutes") if minutes]
    wanted = {name for names in found["second_factor_roles"] for name in names}
    return AccountRules(
        idle=timedelta(minutes=min(idle)) if idle else None,
        proof=timedelta(minutes=min(_of(found, "proof_minutes"))),
        shortest_password=max(_of(found, "shortest_password")),
        one_time_life=timedelta(days=min(_of(found, "one_time_days"))),
        wants_second_factor=bool(wanted) and any(names_of_role(name) & wanted for name in role_names),
    )


def _of(found: dict[str, list[Any]], name: str) -> list[Any]:
    default: Value = setting_in_force(name, None)
    return found[name] or [default]
