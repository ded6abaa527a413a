"""Who has a right to a child's news by SMS now: said once, for texts that are composed and for answers."""

# In a class of the school today or later; a student of whom no class is known has not left either.
NOT_LEFT = """(NOT EXISTS (SELECT FROM enrollment e WHERE e.student_id = {student}) OR EXISTS (
 SELECT FROM enrollment e WHERE e.student_id = {student} AND (e.ends_on IS NULL OR e.ends_on >= {today})))"""

# `s` is the subscription; :schools and :days are the day that each school's calendar shows.
BESIDE_THE_CHILD = f"""
JOIN guardianship gs ON gs.guardian_id = s.guardian_id AND gs.student_id = s.student_id AND NOT gs.barred
JOIN unnest(CAST(:schools AS bigint[]), CAST(:days AS date[])) AS day (school_id, today) ON day.school_id = s.school_id
 AND (gs.begins_on IS NULL OR gs.begins_on <= day.today) AND (gs.ends_on IS NULL OR gs.ends_on >= day.today)
 AND {NOT_LEFT.format(student="s.student_id", today="day.today")}
"""
NOT_CLOSED = """NOT EXISTS (
 SELECT FROM guardian owner JOIN ab_user u ON u.id = owner.user_id WHERE owner.id = s.guardian_id AND u.active IS FALSE)
"""
NOT_SHUT_OUT = f"s.phone_confirmed_at IS NOT NULL AND {NOT_CLOSED}"
# No consent that was withdrawn and not given anew; subscriptions older than the register of consents have none.
AGREED = """coalesce((SELECT bool_or(c.withdrawn_at IS NULL) FROM consent c
 WHERE c.guardian_id = s.guardian_id AND c.phone = s.phone AND c.kind = 'sms_diary'), true)
"""
# Mails ask the same register: who withdraws hears by no way. Before the phone is confirmed a consent must be on record.
AGREED_TO_MAIL = f"""{AGREED} AND (s.phone_confirmed_at IS NOT NULL OR EXISTS (SELECT FROM consent c
 WHERE c.guardian_id = s.guardian_id AND c.phone = s.phone AND c.kind = 'sms_diary' AND c.withdrawn_at IS NULL))
"""
# After too many failures in a row nothing goes there but codes and answers, which the person asks for.
IS_SUSPENDED = """EXISTS (SELECT FROM suspended_number x
 WHERE x.phone = {phone} AND x.school_id = {school} AND x.freed_at IS NULL)"""
CLASSES = """ARRAY(
 SELECT e.school_class_id FROM enrollment e WHERE e.student_id = s.student_id AND e.begins_on <= day.today
 AND (e.ends_on IS NULL OR e.ends_on >= day.today))"""
