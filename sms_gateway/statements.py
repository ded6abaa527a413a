"""The outbox's SQL: each statement is about a batch of rows."""

# The school's own setting of the grace, else the given one.
GRACE = """make_interval(secs => coalesce((
    SELECT s.value::int FROM school_setting s WHERE s.school_id = m.school_id
    AND s.name = 'uncertain_grace_seconds' AND s.value ~ '^[0-9]{1,6}$'), %(grace)s))"""

# The guardian stands beside the child today, and the child has not left the school.
_IN_FORCE = """NOT g.barred AND (g.begins_on IS NULL OR g.begins_on <= school_day.today)
    AND (g.ends_on IS NULL OR g.ends_on >= school_day.today)
    AND (NOT EXISTS (SELECT FROM enrollment left_class WHERE left_class.student_id = g.student_id) OR EXISTS (
        SELECT FROM enrollment lasting WHERE lasting.student_id = g.student_id
        AND (lasting.ends_on IS NULL OR lasting.ends_on >= school_day.today)))"""

# Whoever keeps the accounts has shut the guardian out, or a consent was withdrawn and not given anew: news go
# no more; what is urgent goes as long as the right holds.
_SHUT_OUT = """(EXISTS (SELECT FROM guardian p JOIN ab_user u ON u.id = p.user_id
    WHERE p.id = s.guardian_id AND u.active IS FALSE) OR NOT coalesce((SELECT bool_or(c.withdrawn_at IS NULL)
    FROM consent c WHERE c.guardian_id = s.guardian_id AND c.phone = s.phone AND c.kind = 'sms_diary'), true))"""

_MAY_HEAR = f"""EXISTS (
    SELECT FROM sms_subscription s
    JOIN guardianship g ON g.guardian_id = s.guardian_id AND g.student_id = s.student_id
    WHERE s.id = {{subscription}} AND s.status = 'active' AND s.phone = m.phone
    AND {_IN_FORCE} AND NOT {_SHUT_OUT})"""

# A text may tell of several children of one guardian. Where the right to hear of one of them has ended, its facts go
# back to the composer, which tells what may still be told in a text of its own.
_OF_ANOTHER_CHILD = "d.sms_message_id = m.id AND d.state = 'told' AND d.subscription_id <> m.subscription_id"

# The end of a family's own quiet hours where they hold at this moment: composing asks for them, but a text may have
# waited in the queue since. In a night that changes the clocks the end may be told wrong by the jump: what is claimed
# too early is put off again.
_OWN_QUIET = """CASE WHEN own.quiet_from < own.quiet_until
        AND wall.clock::time >= own.quiet_from AND wall.clock::time < own.quiet_until
    OR own.quiet_from > own.quiet_until
        AND (wall.clock::time >= own.quiet_from OR wall.clock::time < own.quiet_until)
    THEN (wall.clock::date + own.quiet_until - wall.ahead + CASE WHEN wall.clock::time >= own.quiet_until
        THEN interval '1 day' ELSE interval '0' END) AT TIME ZONE 'UTC' END"""
# The price of a segment of `m` by a link, as app/services/tariffs.py chooses it: the school's own tariffs first, then
# what is said of this link, the longest prefix, the latest day. NULL where none is known.
PRICE = """(
    SELECT t.price FROM sms_tariff t LEFT JOIN sms_link of_tariff ON of_tariff.id = t.link_id
    WHERE (t.school_id = m.school_id OR of_tariff.from_settings) AND (t.link_id IS NULL OR t.link_id = {link})
    AND t.begins_on <= %(today)s::date AND starts_with(m.phone, '+' || t.prefix)
    ORDER BY t.school_id = m.school_id DESC, t.link_id IS NOT NULL DESC, length(t.prefix) DESC, t.begins_on DESC
    LIMIT 1)"""
_OF_PART = PRICE.format(link="p.link_id")

# What an operator charges for: every part that it did not refuse, of former attempts too.
CHARGED = f"""CASE WHEN m.cost IS NULL THEN NULL WHEN m.submitted_at IS NULL THEN 0 ELSE coalesce((
    SELECT sum({_OF_PART}) FROM sms_part p WHERE p.message_id = m.id AND p.state <> 'rejected'), 0) END"""
_OF_THIS_LINK = PRICE.format(link="%(link)s")

# Kind by kind the first due ones: rows that wait for a later attempt are not walked through again and again.
# `everyone`: the only link of all schools, the common case, asks nothing about shares. Others take theirs by the number
# of the message; what has waited for STALE seconds is taken by whoever can, so that nothing waits for a slow link.
STALE = 10
# What was not sent and whose facts the composer tells anew: a budget is used up, a child's right has ended, or the
# text came too late to be told by itself.
IS_STALE = """({message}.kind = 'immediate' AND {message}.submitted_at IS NULL AND EXISTS (
    SELECT FROM sms_delivery d WHERE d.sms_message_id = {message}.id AND d.subscription_id IS NOT NULL
    AND d.state = 'told'))"""
GIVEN_BACK = "ARRAY['stopped', 'divided', 'stale']"
CLAIM = f"""
WITH share AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(shares)s::json) AS share (school bigint, first int, behind int, "of" int)),
due AS MATERIALIZED (
    SELECT first.id FROM unnest(ARRAY[0, 1, 2, 3, 4, 5]::smallint[]) AS kind (priority)
    CROSS JOIN LATERAL (
        SELECT q.id FROM sms_message q
        WHERE q.state = 'queued' AND q.priority = kind.priority AND q.due_at <= now() AND q.only_link_id IS NULL
        AND (%(everyone)s::boolean OR EXISTS (
            SELECT FROM share WHERE share.behind > share.first
            AND (share.school = q.school_id OR share.school IS NULL AND q.school_id <> ALL(%(apart)s::bigint[]))
            AND (q.id %% share."of" >= share.first AND q.id %% share."of" < share.behind
                OR q.due_at < now() - interval '{STALE} seconds')))
        ORDER BY q.due_at, q.id LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS first
    WHERE %(has_share)s::boolean
    LIMIT %(most)s),
test AS MATERIALIZED (
    SELECT q.id FROM sms_message q WHERE q.state = 'queued' AND q.only_link_id = %(link)s AND q.due_at <= now()
    ORDER BY q.due_at, q.id LIMIT 10 FOR UPDATE SKIP LOCKED),
apart AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(schools)s::json)
        AS school (id bigint, today date, ahead int, until timestamptz, countries text[])),
stopped AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(stopped)s::json) AS stopped (school bigint, kinds text[])),
checked AS MATERIALIZED (
    SELECT m.id, CASE WHEN m.kind IN ('immediate', 'digest', 'weekly')
        THEN greatest(apart.until, {_OWN_QUIET}) END AS quiet_until, CASE
        WHEN m.expires_at <= now() THEN CASE WHEN {IS_STALE.format(message="m")} THEN 'stale' ELSE 'expired' END
        WHEN NOT EXISTS (
            SELECT FROM unnest(coalesce(apart.countries, %(countries)s::text[])) AS code
            WHERE starts_with(m.phone, '+' || code)) THEN 'rejected'
        WHEN EXISTS (SELECT FROM stopped WHERE stopped.school = m.school_id AND m.kind = ANY(stopped.kinds)
            AND m.submitted_at IS NULL) THEN 'stopped'
        WHEN m.kind IN ('code', 'reply') THEN 'claimed'
        WHEN EXISTS (SELECT FROM suspended_number x WHERE x.phone = m.phone AND x.school_id = m.school_id
            AND x.freed_at IS NULL) THEN 'suspended'
        WHEN m.kind = 'urgent' AND EXISTS (
            SELECT FROM consent c WHERE c.phone = m.phone AND c.kind = 'urgent' AND c.withdrawn_at IS NULL
            AND (m.guardian_id IS NULL OR c.guardian_id = m.guardian_id))
            AND (m.guardian_id IS NULL OR EXISTS (
            SELECT FROM guardianship g WHERE g.guardian_id = m.guardian_id AND {_IN_FORCE} AND NOT EXISTS (
                SELECT FROM sms_delivery d JOIN notice n ON n.id = d.notice_id WHERE d.sms_message_id = m.id
                AND n.school_class_id IS NOT NULL AND NOT EXISTS (
                    SELECT FROM enrollment e WHERE e.student_id = g.student_id
                    AND e.school_class_id = n.school_class_id AND e.begins_on <= school_day.today
                    AND (e.ends_on IS NULL OR e.ends_on >= school_day.today))))) THEN 'claimed'
        WHEN m.kind <> 'urgent' AND m.subscription_id IS NULL THEN 'claimed'
        WHEN m.kind <> 'urgent' AND {_MAY_HEAR.format(subscription="m.subscription_id")} AND NOT EXISTS (
            SELECT FROM sms_delivery d WHERE {_OF_ANOTHER_CHILD}
            AND NOT {_MAY_HEAR.format(subscription="d.subscription_id")}) THEN 'claimed'
        WHEN m.kind <> 'urgent' AND m.submitted_at IS NULL AND EXISTS (
            SELECT FROM sms_delivery d WHERE {_OF_ANOTHER_CHILD}) THEN 'divided'
        ELSE 'cancelled' END AS state
    FROM (SELECT id FROM due UNION ALL SELECT id FROM test) AS due
    JOIN sms_message m ON m.id = due.id LEFT JOIN apart ON apart.id = m.school_id
    LEFT JOIN sms_subscription own ON own.id = m.subscription_id
    CROSS JOIN LATERAL (SELECT coalesce(apart.today, %(today)s::date) AS today) AS school_day
    CROSS JOIN LATERAL (SELECT make_interval(secs => coalesce(apart.ahead, %(ahead)s::int)) AS ahead) AS zone
    CROSS JOIN LATERAL (SELECT zone.ahead, now() AT TIME ZONE 'UTC' + zone.ahead AS clock) AS wall),
decided AS MATERIALIZED (
    SELECT id, quiet_until, CASE WHEN state = 'claimed' AND quiet_until > now() THEN 'queued' ELSE state END AS state
    FROM checked),
given_back AS (
    UPDATE sms_delivery d SET state = 'due', sms_message_id = NULL, told = NULL,
        due_at = CASE WHEN decided.state = 'stale' THEN d.due_at ELSE now() END
    FROM decided WHERE decided.state = ANY({GIVEN_BACK}) AND d.sms_message_id = decided.id AND d.state = 'told')
UPDATE sms_message m SET state = CASE WHEN decided.state = ANY({GIVEN_BACK}) THEN 'cancelled'
        WHEN decided.state = 'suspended' THEN 'rejected' ELSE decided.state END,
    cost = CASE WHEN decided.state IN ('claimed', 'queued') THEN m.cost ELSE {CHARGED} END,
    claimed_by = CASE WHEN decided.state = 'claimed' THEN %(owner)s END,
    claimed_until = CASE WHEN decided.state = 'claimed' THEN now() + make_interval(secs => %(lease)s) END,
    due_at = CASE WHEN decided.state = 'queued' THEN decided.quiet_until ELSE m.due_at END,
    done_at = CASE WHEN decided.state NOT IN ('claimed', 'queued') THEN now() END,
    error = CASE decided.state WHEN 'cancelled' THEN %(no_right)s WHEN 'divided' THEN %(no_right)s
        WHEN 'expired' THEN coalesce(m.error, %(expired)s) WHEN 'stale' THEN %(expired)s
        WHEN 'rejected' THEN %(country)s WHEN 'stopped' THEN %(budget)s
        WHEN 'suspended' THEN %(suspended)s ELSE m.error END
FROM decided WHERE m.id = decided.id
RETURNING m.state, m.id, m.phone, m.body, m.kind, m.priority, m.due_at, m.attempts, m.expires_at, m.trace
"""

# `state || ''` here and below: where the key is given, the planner is kept from the index by state, through which it
# would compare every given row with every row under way.
MARK_SENDING = f"""
UPDATE sms_message m SET state = 'sending', attempts = m.attempts + 1, parts = given.parts, link_id = %(link)s,
    cost = {_OF_THIS_LINK} * given.parts + CASE WHEN m.attempts > 0 THEN coalesce({CHARGED}, 0) ELSE 0 END,
    submitted_at = now(), claimed_until = now() + make_interval(secs => %(lease)s)
FROM json_to_recordset(%(rows)s::json) AS given (id bigint, parts smallint)
WHERE m.id = given.id AND m.state || '' = 'claimed' AND m.claimed_by = %(owner)s
RETURNING m.id
"""

# What a throttled or broken link refused is no attempt, and the next try has the same number: its parts take the
# former ones' place, but for those that are settled.
INSERT_PARTS = """
INSERT INTO sms_part AS p (message_id, number, attempt, link_id, state, smsc_id, error_code, submitted_at, done_at)
SELECT given.message, given.number, given.attempt, %(link)s, given.state, given.smsc_id, given.code, now(),
    CASE WHEN given.state <> 'accepted' THEN now() END
FROM json_to_recordset(%(rows)s::json)
    AS given (message bigint, number smallint, attempt smallint, state text, smsc_id text, code bigint)
ON CONFLICT (message_id, attempt, number) DO UPDATE SET link_id = excluded.link_id, state = excluded.state,
    smsc_id = excluded.smsc_id, error_code = excluded.error_code, submitted_at = excluded.submitted_at,
    done_at = excluded.done_at
WHERE p.state IN ('rejected', 'accepted', 'uncertain')
"""

SETTLE = f"""
UPDATE sms_message m SET state = given.state, error = given.error, error_code = given.code,
    cost = CASE WHEN given.state = 'rejected' THEN {CHARGED} ELSE m.cost END,
    attempts = m.attempts - CASE WHEN given.counts THEN 0 ELSE 1 END,
    due_at = CASE WHEN given.state = 'queued' THEN now() + make_interval(secs => given.pause) ELSE m.due_at END,
    done_at = CASE WHEN given.state NOT IN ('accepted', 'queued') THEN now() END,
    claimed_by = NULL, claimed_until = NULL
FROM json_to_recordset(%(rows)s::json)
    AS given (id bigint, attempt smallint, state text, error text, code bigint, pause float8, counts bool)
WHERE m.id = given.id AND m.attempts = given.attempt AND m.state || '' IN ('sending', 'uncertain')
"""

# A message of one part is settled with it; others by all their parts, below.
SETTLE_RECEIPTS = """
WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json)
        AS given (place int, rank int, smsc_id text, tail text, state text, code bigint)),
found AS MATERIALIZED (
    SELECT DISTINCT ON (given.place) given.place, p.id, p.message_id, p.attempt, given.state, given.code, m.trace,
        m.parts
    FROM given CROSS JOIN LATERAL (
        SELECT * FROM sms_part WHERE link_id = %(link)s AND smsc_id = given.smsc_id ORDER BY id DESC LIMIT 20) AS p
    JOIN sms_message m ON m.id = p.message_id
    WHERE given.tail = '' OR right(m.phone, %(tail)s) = given.tail
    ORDER BY given.place, p.state = 'accepted' DESC, given.rank, p.id DESC),
settled AS (
    UPDATE sms_part p SET state = found.state, error_code = found.code, done_at = now()
    FROM found WHERE p.id = found.id AND p.state = 'accepted'),
whole AS (
    UPDATE sms_message m SET state = found.state, error_code = nullif(found.code, 0), done_at = now(),
        claimed_by = NULL, claimed_until = NULL, error = CASE found.state WHEN 'undeliverable' THEN %(undeliverable)s
        WHEN 'expired' THEN %(expired)s END
    FROM found WHERE m.id = found.message_id AND m.parts = 1 AND m.attempts = found.attempt
    AND m.state || '' IN ('sending', 'accepted', 'uncertain'))
SELECT place, message_id, trace, parts > 1 FROM found
"""

# A final state of the parts is the message's; one that stands already stays. A message that waits to be sent again
# after an uncertain attempt is spared where that attempt has arrived after all.
ROLL_UP = """
UPDATE sms_message m SET state = whole.state, error_code = whole.error_code, done_at = now(), claimed_by = NULL,
    claimed_until = NULL, error = CASE whole.state WHEN 'undeliverable' THEN %(undeliverable)s
        WHEN 'expired' THEN %(expired)s END
FROM (
    SELECT p.message_id, max(p.error_code) FILTER (WHERE p.state <> 'delivered') AS error_code, CASE
        WHEN bool_or(p.state = 'undeliverable') THEN 'undeliverable'
        WHEN bool_or(p.state = 'expired') THEN 'expired'
        WHEN count(*) FILTER (WHERE p.state = 'delivered') = now_sent.parts THEN 'delivered' END AS state
    FROM sms_part p JOIN sms_message now_sent ON now_sent.id = p.message_id AND now_sent.attempts = p.attempt
    WHERE p.message_id = ANY(%(ids)s::bigint[]) GROUP BY p.message_id, now_sent.parts) AS whole
WHERE m.id = whole.message_id AND whole.state IS NOT NULL AND (
    m.state || '' IN ('sending', 'accepted', 'uncertain') OR m.state || '' = 'queued' AND whole.state = 'delivered')
"""

KEEP_ORPHANS = """
INSERT INTO sms_receipt (link_id, smsc_id, phone, state, error_code, text)
SELECT %(link)s, * FROM json_to_recordset(%(rows)s::json)
    AS given (smsc_id text, phone text, state text, code bigint, text text)
"""

UNCERTAIN = f"""
UPDATE sms_message m SET state = 'uncertain', claimed_by = NULL, error = %(words)s, error_code = NULL,
    claimed_until = CASE WHEN m.kind = ANY(%(again)s) THEN now() + {GRACE} END
WHERE m.id = ANY(%(ids)s::bigint[]) AND m.state || '' = 'sending'
"""

# The parts whose answer nobody has heard, for the message's history; a receipt may settle them yet.
UNCERTAIN_PARTS = """
INSERT INTO sms_part (message_id, number, attempt, link_id, state, submitted_at)
SELECT m.id, number, m.attempts, m.link_id, 'uncertain', m.submitted_at
FROM sms_message m CROSS JOIN LATERAL generate_series(1, m.parts) AS number
WHERE m.id = ANY(%(ids)s::bigint[]) AND m.state || '' = 'uncertain' AND m.link_id IS NOT NULL
ON CONFLICT (message_id, attempt, number) DO NOTHING
"""

RELEASE = """
UPDATE sms_message m SET state = 'queued', claimed_by = NULL, claimed_until = NULL,
    attempts = m.attempts - CASE WHEN m.state = 'sending' THEN 1 ELSE 0 END
WHERE m.claimed_by = %(owner)s AND m.state IN ('claimed', 'sending') AND m.id <> ALL(%(keep)s::bigint[])
"""
