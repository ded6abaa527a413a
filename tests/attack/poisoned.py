"""The world of the matrix with a polyglot in every text column of every table, found by looking at the models."""

from collections.abc import Iterator
from typing import Any

import psycopg
from flask_appbuilder.security.sqla.models import Role, User
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Column, Engine, String, Text, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from app.models import AccountContact, School, Table
from app.models.access import AccountEvent
from app.models.sms import SmsPart, SmsReceipt
from app.models.sms_links import SmsSession
from app.models.views import SavedView
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.attack.polyglots import fitting
from tests.factories import AROUND
from tests.matrix.world import World
from tests.support import SchoolDatabase

CODE = 16  # letters of a column that holds one of our own words; of a phone too
#: Columns that nobody's typing reaches, or without whose meaning no page would open.
LEFT = {
    "ab_permission.name": "of the product", "ab_view_menu.name": "of the product", "ab_user.password": "a hash",
    "ab_group.*": "not used", "ab_register_user.*": "not used", "ab_api_key.*": "not used",
    "seeded_grant.*": "of the product", "request_key.*": "hashes, and answers that went out",
    "account_event.kind": "of the product", "account_token.*": "hashes", "invitation.*": "hashes",
    "recovery_code.*": "hashes", "second_factor.*": "a salt", "web_session.key_hash": "a hash",
    "school.timezone": "of a list", "school_setting.name": "of the product", "school_setting.value": "of a list",
    "import_header.kind": "of the product", "import_run.kind": "of the product", "import_run.language": "a code",
    "import_run.matched": "codes", "import_run.decisions": "codes", "import_run.found": "made by a run",
    "notice.record": "of the product", "notice.was": "of the product", "sms_delivery.record": "of the product",
    "pseudonym.key": "of the product", "revision.record": "of the product", "revision.author": "of the product",
    "revision.fields": "hashes", "revision_value.field": "of the product", "saved_view.record": "of the product",
    "sms_code.*": "of the product", "mail_message.read_hash": "a hash",
    "sms_subscription.digest_days": "days", "sms_inbound.fingerprint": "a hash",
    "sms_tariff.prefix": "digits, by a check of the table",
}  # fmt: skip


def columns() -> Iterator[tuple[str, Column[Any]]]:
    """Table and column of every text that is poisoned."""
    for table in Table.metadata.sorted_tables:
        for column in table.columns:
            is_text = isinstance(column.type, String | Text | JSONB)
            is_code = getattr(column.type, "length", None) == CODE and column.name != "phone"
            is_left = f"{table.name}.{column.name}" in LEFT or f"{table.name}.*" in LEFT
            if is_text and not is_code and not is_left:
                yield table.name, column


def further_rows(engine: Engine, world: World) -> None:
    """Rows that no form writes: what the gateway, a browser and a saved view leave behind."""
    message, link = world.of("sms_message")[0], world.of("sms_link")[0]
    with transaction(engine, SEEDER) as session:
        school = session.scalars(select(School.id).order_by(School.id)).first()
        users = dict(session.execute(select(User.username, User.id)).all())  # type: ignore[arg-type]
        teachers = session.scalars(select(Role.id).where(Role.name == "teacher")).one()
        rows: list[tuple[type[Table], dict[str, Any]]] = [
            (
                SavedView,
                {"user_id": users["head"], "record": "mark", "name": "v", "role_id": teachers, "school_id": school},
            ),
            (SmsPart, {"message_id": message.id, "number": 1, "attempt": 1, "link_id": link.id, "smsc_id": "x"}),
            (SmsSession, {"school_id": school, "gateway": 1, "link_id": link.id, "state": "bound"}),
            (SmsReceipt, {"link_id": link.id, "smsc_id": "x", "phone": "1", "state": "delivered"}),
        ]
        rows += [(SavedView, {"user_id": user, "record": "mark", "name": "own"}) for user in users.values()]
        rows += [(AccountEvent, {"user_id": user, "kind": "new_device"}) for user in users.values()]
        rows += [(AccountContact, {"user_id": user, "kind": "email", "address": name}) for name, user in users.items()]
        for model, values in rows:
            session.execute(insert(model).values(values), execution_options=AROUND)


def poison(database: SchoolDatabase) -> int:
    """Write the polyglots past the application, its rules and its triggers; how many texts there are."""
    number = 0
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, column in columns():
            names = {"table": sql.Identifier(table), "column": sql.Identifier(column.name)}
            found = sql.SQL("SELECT id FROM {table} WHERE {column} IS NOT NULL ORDER BY id")
            if table == "ab_role":
                found = sql.SQL("SELECT id FROM {table} WHERE name IN ('curator', 'nothing at all') ORDER BY id")
            write = sql.SQL("UPDATE {table} SET {column} = %s WHERE id = %s").format(**names)
            for (row,) in connection.execute(found.format(**names)).fetchall():
                number += 1
                made: Any = fitting(getattr(column.type, "length", None), number)
                connection.execute(write, (Jsonb(made) if isinstance(column.type, JSONB) else made, row))
    return number
