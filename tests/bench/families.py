"""Families in any number with a day's news for each, laid by SQL: for whoever measures the SMS diary."""

import psycopg

CLASS_SIZE = 30
MARKS, HOMEWORK = 4, 5  # news of each family on that day

_EMPTY = """
TRUNCATE sms_part, sms_delivery, sms_message, sms_subscription, notice, mark, homework, lesson, enrollment,
    guardianship, student, guardian, school_class, term, academic_year, subject, work_type, staff CASCADE
"""
_SUBJECTS = """
INSERT INTO subject (school_id, name, short_name, latin_name, version)
SELECT school.id, one.name, one.short, one.latin, 1 FROM school, unnest(
    ARRAY['Математика', 'Русский язык', 'Литература', 'История', 'Английский язык', 'Физика'],
    ARRAY['матем', 'русск', 'лит', 'ист', 'англ', 'физ'],
    ARRAY['matem', 'russk', 'lit', 'ist', 'angl', 'fiz']) AS one (name, short, latin)
"""
_FRAME = (
    """INSERT INTO academic_year (school_id, name, begins_on, ends_on, version)
    SELECT id, 'Year', current_date - 60, current_date + 200, 1 FROM school""",
    """INSERT INTO term (school_id, academic_year_id, name, kind, begins_on, ends_on, closed, version)
    SELECT school_id, id, 'Term', 'quarter', begins_on, ends_on, false, 1 FROM academic_year""",
    _SUBJECTS,
    """INSERT INTO work_type (school_id, name, short_name, latin_name, kind, weight, is_default, version)
    SELECT id, 'Ответ на уроке', 'отв', 'otv', 'class_work', 1, true, 1 FROM school""",
    """INSERT INTO staff (school_id, surname, given_name, patronymic, position, version)
    SELECT id, 'Иванова', 'Ольга', 'Петровна', '', 1 FROM school""",
)
_PEOPLE = (
    """INSERT INTO school_class (school_id, academic_year_id, name, grade_level, version)
    SELECT school_id, id, 'Класс ' || n, 5 + n %% 7, 1 FROM academic_year,
        generate_series(1, (%(families)s + %(size)s - 1) / %(size)s) AS n""",
    """INSERT INTO student (school_id, surname, given_name, patronymic, version)
    SELECT id, 'Петров', (ARRAY['Аня', 'Миша', 'Катя', 'Александр', 'Лиза', 'Костя'])[n %% 6 + 1], '', 1
    FROM school, generate_series(1, %(families)s) AS n""",
    """INSERT INTO guardian (school_id, surname, given_name, patronymic, phone, phone_confirmed_at, version)
    SELECT id, 'Петрова', 'Мария', '', '+79' || lpad(n::text, 9, '0'), now(), 1
    FROM school, generate_series(1, %(families)s) AS n""",
    """INSERT INTO guardianship (school_id, guardian_id, student_id, kinship, barred, version)
    SELECT g.school_id, g.id, s.id, 'mother', false, 1
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM guardian) AS g
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM student) AS s USING (n)""",
    """INSERT INTO enrollment (school_id, student_id, school_class_id, begins_on, version)
    SELECT s.school_id, s.id, c.id, current_date - 60, 1
    FROM (SELECT *, (row_number() OVER (ORDER BY id) - 1) / %(size)s + 1 AS n FROM student) AS s
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM school_class) AS c USING (n)""",
    """INSERT INTO sms_subscription (school_id, guardian_id, student_id, phone, phone_confirmed_at, status, language,
        script, marks, absences, remarks, homework, announcements, digest_at, digest_days, version)
    SELECT gs.school_id, gs.guardian_id, gs.student_id, g.phone, now(), 'active', 'ru', 'cyrillic', 'digest', 'digest',
        'digest', 'digest', 'digest', '18:00', '{1,2,3,4,5,6,7}', 1
    FROM guardianship gs JOIN guardian g ON g.id = gs.guardian_id""",
)
_DAY = (
    """INSERT INTO lesson (school_id, school_class_id, subject_id, teacher_id, term_id, date, period, topic, state,
        version)
    SELECT c.school_id, c.id, s.id, staff.id, term.id, current_date, s.n, 'Тема', 'held', 1
    FROM school_class c, (SELECT id, row_number() OVER (ORDER BY id) AS n FROM subject) AS s, staff, term""",
    """INSERT INTO mark (school_id, lesson_id, student_id, work_type_id, value, given_on, published_at, version)
    SELECT e.school_id, l.id, e.student_id, w.id, 2 + (e.student_id + l.period) %% 4, l.date, now(), 1
    FROM enrollment e JOIN lesson l USING (school_class_id), work_type w WHERE l.period <= %(marks)s""",
    """INSERT INTO homework (school_id, school_class_id, lesson_id, text, mandatory, due, version)
    SELECT school_id, school_class_id, id, '§ ' || period || ', упр. ' || 20 + period, true, current_date + 1, 1
    FROM lesson WHERE period <= %(homework)s""",
    """INSERT INTO notice (school_id, record, record_id, action, urgent, student_id, trace)
    SELECT school_id, 'mark', id, 'added', false, student_id, '' FROM mark""",
    """INSERT INTO notice (school_id, record, record_id, action, urgent, school_class_id, trace)
    SELECT school_id, 'homework', id, 'added', false, school_class_id, '' FROM homework""",
    "ANALYZE",
)


def lay_families(owner_url: str, families: int) -> None:
    """Instead of whom the one school has: so many families, each subscribed to a digest, and a day's notices."""
    given = {"families": families, "size": CLASS_SIZE, "marks": MARKS, "homework": HOMEWORK}
    with psycopg.connect(owner_url, autocommit=True) as database:
        database.execute(_EMPTY)
        for statement in (*_FRAME, *_PEOPLE, *_DAY):
            database.execute(statement.encode(), given)
