"""What Redis lost is found again: notices without deliveries, texts that are due, inbound texts without an answer."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from sqlalchemy import TextClause, text

from app.session.actors import COMPOSER
from workers.compose import compose_digests, compose_immediate
from workers.deliver import make_all_deliveries
from workers.inbound import handle_inbound
from workers.place import work

AROUND = {"around_the_rule": True}
BATCH = 500
MOST_UNANSWERED = 2  # batches of texts at a time: the clock asks again within seconds, and urgent news come between
PATIENCE = timedelta(seconds=3)  # the hint that follows a commit is given this long

FORGOTTEN = text("""
SELECT id FROM notice WHERE delivered_at IS NULL AND happened_at < now() - CAST(:patience AS interval) AND id > :after
ORDER BY id LIMIT :most
""")
UNANSWERED = text("""
SELECT id FROM sms_inbound WHERE state = 'new' AND received_at < now() - CAST(:patience AS interval) AND id > :after
ORDER BY id LIMIT :most
""")


def sweep() -> None:
    """Do what waits longer than it should. Running it again does nothing."""
    for unanswered in islice(_found(UNANSWERED), MOST_UNANSWERED):  # a STOP comes before what is still to be told
        handle_inbound(unanswered)
    for forgotten in _found(FORGOTTEN):
        make_all_deliveries(forgotten)
    compose_immediate()
    compose_digests()


def _found(query: TextClause) -> Iterator[list[int]]:
    """The ids that the query finds, batch by batch; none comes twice, even where its row still waits afterwards."""
    after = 0
    while True:
        with work(COMPOSER) as session:
            given = {"patience": PATIENCE, "most": BATCH, "after": after}
            found = [row.id for row in session.execute(query, given, execution_options=AROUND)]
        if not found:
            return
        yield found
        after = found[-1]


def tidy() -> None:
    """Forget what has no more use: ended browser sessions, events of accounts after a year (what others did to
    them, and what was changed, after five), answered request keys, matched orphan receipts,
    what strangers texted, that codes were sent, alarms that are over; and the digits of codes whose time is over, so
    that a copy of the database holds none."""
    with work(COMPOSER) as session:
        for statement in (
            "DELETE FROM web_session WHERE expires_at < now()",
            "DELETE FROM account_event WHERE happened_at < now() - interval '5 years'"
            " OR (happened_at < now() - interval '1 year' AND changes = '{}' AND by_user_id = user_id)",
            "DELETE FROM request_key WHERE created_at < now() - interval '2 days'",
            "DELETE FROM sms_code WHERE sent_at < now() - interval '30 days'",
            "DELETE FROM sms_alarm WHERE ended_at < now() - interval '1 year'",
            "UPDATE sms_request SET code = '' WHERE expires_at < now() AND code <> ''",
            "UPDATE sms_message SET body = regexp_replace(body, '[0-9]{4,}', '••••', 'g') WHERE kind = 'code'"
            " AND expires_at < now() AND created_at > now() - interval '8 days' AND body ~ '[0-9]{4}'"
            " AND state NOT IN ('queued', 'claimed', 'sending')",
            "DELETE FROM sms_inbound WHERE state = 'stranger' AND received_at < now() - interval '30 days'",
            "DELETE FROM sms_receipt WHERE received_at < now() - interval '30 days'",
        ):
            session.execute(text(statement), execution_options=AROUND)
