"""The keys of a person: one query that answers what they are, see and may."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Guardian
from app.session.actors import ALL, LED, OWN, SCHOOL, TAUGHT, Actor

# kind, three keys, two words. Ended guardianships, barred guardians and ended teachings are left out here, once.
_QUERY = """
WITH
  roles AS (
    SELECT role_id FROM ab_user_role WHERE user_id = {user}
    UNION SELECT gr.role_id FROM ab_user_group ug JOIN ab_group_role gr ON gr.group_id = ug.group_id
    WHERE ug.user_id = {user}{joining}),
  posts AS (SELECT id, school_id FROM staff WHERE user_id = {user}),
  led AS (SELECT c.id, c.school_id FROM school_class c JOIN posts p ON p.id = c.class_teacher_id),
  taught AS (
    SELECT t.school_class_id AS id, t.subject_id, t.subgroup_id, t.school_id
    FROM teaching t JOIN posts p ON p.id = t.teacher_id
    WHERE (t.begins_on IS NULL OR t.begins_on <= {today}) AND (t.ends_on IS NULL OR t.ends_on >= {today})),
  guardians AS (SELECT id, school_id FROM guardian WHERE {guardian}),
  children AS (
    SELECT gs.student_id AS id, gs.school_id FROM guardianship gs JOIN guardians g ON g.id = gs.guardian_id
    WHERE NOT gs.barred AND (gs.begins_on IS NULL OR gs.begins_on <= {today})
      AND (gs.ends_on IS NULL OR gs.ends_on >= {today})),
  me AS (SELECT id, school_id FROM student WHERE user_id = {user})
SELECT 'permission' AS kind, 0::bigint AS a, 0::bigint AS b, 0::bigint AS c, p.name AS word, v.name AS other
  FROM roles r JOIN ab_permission_view_role x ON x.role_id = r.role_id
  JOIN ab_permission_view pv ON pv.id = x.permission_view_id
  JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
UNION ALL SELECT 'pseudonym', 0, 0, 0, key, '' FROM pseudonym WHERE {pseudonym}
UNION ALL SELECT 'post', id, school_id, 0, '', '' FROM posts
UNION ALL SELECT 'correcting', s.id, 0, 0, coalesce(g.value, ''), s.timezone FROM school s
  LEFT JOIN school_setting g ON g.school_id = s.id AND g.name = 'free_edit_days'
  WHERE s.id IN (SELECT school_id FROM posts)
UNION ALL SELECT 'led', id, school_id, 0, '', '' FROM led
UNION ALL SELECT 'taught', id, subject_id, coalesce(subgroup_id, 0), '', '' FROM taught
UNION ALL SELECT 'guardian', id, school_id, 0, '', '' FROM guardians
UNION ALL SELECT 'child', id, school_id, 0, '', '' FROM children
UNION ALL SELECT 'me', id, school_id, 0, '', '' FROM me
UNION ALL SELECT 'family_class', e.school_class_id, e.school_id, 0, '', ''
  FROM enrollment e WHERE e.student_id IN (SELECT id FROM children UNION SELECT id FROM me)
UNION ALL SELECT 'family_group', m.subgroup_id, 0, 0, '', ''
  FROM subgroup_member m WHERE m.student_id IN (SELECT id FROM children UNION SELECT id FROM me)
UNION ALL SELECT 'led_student', e.student_id, 0, 0, '', ''
  FROM enrollment e JOIN led ON led.id = e.school_class_id WHERE e.ends_on IS NULL OR e.ends_on >= {today}
UNION ALL SELECT 'taught_student', e.student_id, 0, 0, '', ''
  FROM enrollment e WHERE e.school_class_id IN (SELECT id FROM taught) AND (e.ends_on IS NULL OR e.ends_on >= {today})
UNION ALL SELECT 'led_guardian', gs.guardian_id, 0, 0, '', ''
  FROM guardianship gs JOIN enrollment e ON e.student_id = gs.student_id JOIN led ON led.id = e.school_class_id
  WHERE e.ends_on IS NULL OR e.ends_on >= {today}
"""


class Key(NamedTuple):
    """One thing that a person is, sees or may."""

    kind: str
    a: int
    b: int
    c: int
    word: str
    other: str


Found = dict[str, list[Key]]  # kind → rows


def keys_sql(user: str, today: str) -> str:
    """The query of an account's keys; `user` and `today` are SQL: parameters, or columns of a query around it."""
    is_theirs = f"user_id = {user}"
    return _QUERY.format(user=user, today=today, guardian=is_theirs, pseudonym=is_theirs, joining="")


_OF_PARAMETERS = text(keys_sql(":user", ":today"))
# Who acts by SMS: with the roles of the account, or with those that an invitation would give where there is none.
_OF_GUARDIAN = text(
    _QUERY.format(
        user="(SELECT user_id FROM guardian WHERE id = :guardian)",
        today=":today",
        guardian="id = :guardian",
        pseudonym="guardian_id = :guardian",
        joining=""" UNION SELECT r.id FROM ab_role r JOIN guardian g ON g.id = :guardian
    WHERE g.user_id IS NULL AND lower(r.name) = 'guardian'""",
    )
)


def load_actor(session: Session, user_id: int, name: str, today: date) -> Actor:
    """The person behind an account, as of today. One query."""
    return actor_with(load_keys(session, user_id, today), user_id, name)


def load_guardian(session: Session, guardian: Guardian, today: date) -> Actor:
    """A guardian who acts by SMS, as of today. One query."""
    given = {"guardian": guardian.id, "today": today}
    found = by_kind(session.execute(_OF_GUARDIAN, given, execution_options={"around_the_rule": True}))
    return replace(actor_with(found, guardian.user_id, str(guardian)), texting_id=guardian.id)


def load_keys(session: Session, user_id: int, today: date) -> Found:
    """All that an account is and may, as of today, before its breadths say what of it counts."""
    given = {"user": user_id, "today": today}
    return by_kind(session.execute(_OF_PARAMETERS, given, execution_options={"around_the_rule": True}))


def by_kind(rows: Iterable[Sequence[Any]]) -> Found:
    """The rows of the query, or the same that came as JSON."""
    found: Found = defaultdict(list)
    for row in rows:
        key = Key(*row)
        found[key.kind].append(key)
    return found


def actor_with(found: Found, user_id: int | None, name: str, breadths: frozenset[str] | None = None) -> Actor:
    """The actor of these keys; `breadths`: as if they had these and no others, to learn by which one a row is seen."""
    permissions = frozenset((row.word, row.other) for row in found["permission"])
    has = {view for permission, view in permissions if permission == "can_see"} if breadths is None else breadths

    def keys(kind: str, breadth: str) -> set[int]:
        return {row.a for row in found[kind]} if breadth in has else set()

    members = {row.b for kind in ("post", "guardian", "child", "me") for row in found[kind]}
    posts = {row.b for row in found["post"]}
    whole = posts if SCHOOL in has else set()
    by_post = keys("taught_student", TAUGHT) | keys("led_student", LED)
    class_by_post = keys("taught", TAUGHT) | keys("led", LED)
    family = {row.a for kind in ("child", "me") for row in found[kind] if row.b not in whole}
    family_classes = {row.a for row in found["family_class"] if row.b not in whole}
    return Actor(
        name=name,
        user_id=user_id,
        pseudonym=found["pseudonym"][0].word if found["pseudonym"] else "",
        permissions=permissions,
        school_ids=frozenset(members),
        whole_school_ids=frozenset(whole),
        sees_all_schools=ALL in has,
        student_ids=frozenset(keys("child", OWN) | keys("me", OWN) | by_post),
        class_ids=frozenset(keys("family_class", OWN) | class_by_post),
        guardian_ids=frozenset(keys("guardian", OWN) | keys("led_guardian", LED)),
        staff_ids=frozenset(row.a for row in found["post"]),
        own_student_ids=frozenset(row.a for row in found["me"]),
        own_guardian_ids=frozenset(row.a for row in found["guardian"]),
        child_ids=frozenset(keys("child", OWN)),
        family_only_ids=frozenset(family - by_post),
        family_class_ids=frozenset(family_classes - class_by_post),
        family_group_ids=frozenset(keys("family_group", OWN)),
        led_class_ids=frozenset(keys("led", LED)),
        teachings=frozenset((row.a, row.b, row.c or None) for row in found["taught"]) if TAUGHT in has else frozenset(),
        correcting={row.a: (row.word, row.other) for row in found["correcting"]},
        staff_of_school={row.b: row.a for row in found["post"]},
    )
