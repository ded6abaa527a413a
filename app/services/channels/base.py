"""What a channel is: whom it reaches, how a message is made of facts, and how that is put on its way.

Composing asks each channel for its drafts, gives them their facts as the records are now, and lets the channel write
messages into its own outbox, all in the one transaction that settles the deliveries. A channel is a class and a call of
`register`: preferences, deliveries, corrections and rights are the same for all.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, ClassVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.sms_presets import KINDS, NEVER, PREFERENCES, REMINDERS, when_wished
from app.domain.sms_words import TextRules
from app.services.drafts import SMS, Draft
from app.services.settings import SchoolRules
from app.services.sms_rights import AGREED_TO_MAIL, BESIDE_THE_CHILD, CLASSES, NOT_CLOSED
from app.words import Word

AROUND = {"around_the_rule": True}

# As for texts, but for what is the phone's: its confirmation.
READERS = text(f"""
SELECT s.id, s.guardian_id, s.student_id, s.language, s.detail, s.channels, st.given_name,
       st.user_id AS student_user_id, g.user_id AS guardian_user_id, g.email, {CLASSES} AS class_ids
FROM sms_subscription s JOIN student st ON st.id = s.student_id JOIN guardian g ON g.id = s.guardian_id
{BESIDE_THE_CHILD}
WHERE s.id = ANY(:ids) AND s.status = 'active' AND {NOT_CLOSED} AND {AGREED_TO_MAIL}
ORDER BY s.id FOR NO KEY UPDATE OF s
""")

REACHED = text("""
SELECT 0 AS id, g.id AS guardian_id, st.id AS student_id, st.user_id AS student_user_id, g.user_id AS guardian_user_id,
       g.email
FROM guardian g CROSS JOIN student st WHERE g.id = :guardian AND st.id = :student
""")


class Channel(ABC):
    """One way to families. `name` stands in wishes ("email:marks:at_once") and deliveries, in at most 16 characters."""

    name: ClassVar[str]
    title: ClassVar[Word]
    unreachable: ClassVar[str] = "sms_wishes.no_address"  # key of the error: it is chosen, and nobody can be reached
    kinds: ClassVar[Sequence[str]] = (*KINDS, *REMINDERS)  # of news that may come by it

    def when(self, subscription: Any, kind: str) -> str:
        """When this kind of news comes by this channel: at once, in the digest, or never."""
        return when_wished(subscription.channels, self.name, kind) if kind in self.kinds else NEVER

    @abstractmethod
    def addresses(self, session: Session, readers: Sequence[Any]) -> Mapping[int, str]:
        """Where each of these subscriptions (rows of READERS) is reached now, by its id; without those who are not."""

    def can_reach(self, session: Session, subscription: Any) -> bool:
        """Whether this subscription, as it is being saved, could be reached; the family is told where it could not."""
        given = {"guardian": subscription.guardian_id, "student": subscription.student_id}
        row = session.execute(REACHED, given, execution_options=AROUND).first()
        return row is not None and row.id in self.addresses(session, [row])

    @abstractmethod
    def queue(self, session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
        """Write the messages of these drafts into the outbox of the channel.

        Each fact that is told gets its message in `draft.messages`, by its place; one that is only counted stands in
        `draft.counted` too.
        """

    def drafts(self, session: Session, due: Sequence[Any], schools: Mapping[int, SchoolRules]) -> list[Draft]:
        """One draft for each subscription and kind that still has a right to it, wants it so, and can be reached."""
        now = datetime.now(UTC)
        days = {"schools": list(schools), "days": [school.today(now) for school in schools.values()]}
        wanted = {"ids": sorted({row.subscription_id for row in due if row.subscription_id}), **days}
        readers = {row.id: row for row in session.execute(READERS, wanted, execution_options=AROUND)}
        addresses = self.addresses(session, list(readers.values()))
        drafts = []
        for (key, kind), rows in groupby(due, key=lambda row: (row.subscription_id, row.kind)):
            reader, address = readers.get(key), addresses.get(key)
            wished_rows = [row for row in rows if reader is not None and self._is_wished(row, reader)]
            if reader is not None and address and wished_rows:
                rules = TextRules(reader.language, signature=schools[wished_rows[0].school_id].signature)
                drafts.append(Draft(kind, wished_rows, "", rules, reader.given_name, reader.detail, self.name, address))
        return drafts

    def _is_wished(self, delivery: Any, reader: Any) -> bool:
        if not still_concerns(delivery, reader):
            return False
        kinds = {PREFERENCES[delivery.record], "announcements" if delivery.record == "reminder" else ""}  # of meetings
        return any(self.when(reader, kind) != NEVER for kind in kinds)


def still_concerns(delivery: Any, reader: Any) -> bool:
    """Whether the news are of the child alone, of the school, or of a class in which the child is today."""
    is_of_class = delivery.student_id is None and delivery.school_class_id is not None
    return not is_of_class or delivery.school_class_id in reader.class_ids


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Let families choose this channel; one of the same name is put in its place."""
    _channels[channel.name] = channel


def forget(name: str) -> None:
    """Take a channel out again."""
    _channels.pop(name, None)


def channel_named(name: str) -> Channel | None:
    """None where nobody has registered one of this name."""
    return _channels.get(name)


def further() -> list[Channel]:
    """The channels besides the texts."""
    return [channel for name, channel in _channels.items() if name != SMS]


def wished(subscription: Any, kind: str) -> Iterator[tuple[str, str]]:
    """By which channels the subscription wants this kind, and when."""
    for channel in _channels.values():
        when = channel.when(subscription, kind)
        if when != NEVER:
            yield channel.name, when


def by_channel(things: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Deliveries or drafts channel by channel, each in the order in which they came."""
    ordered = sorted(things, key=lambda one: one.channel)
    return [(name, list(some)) for name, some in groupby(ordered, key=lambda one: one.channel)]
