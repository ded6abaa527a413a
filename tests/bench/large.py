"""A million marks: four schools of 1,100 students, a year of lessons, made by the database itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from app.session.actors import SEEDER
from app.session.engine import make_engine, transaction
from config import sqlalchemy_url
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.serving import serving
from tests.factories import account
from tests.support import SECRET_KEY, SchoolDatabase, install, settings_for

PEOPLE = {"guardian": "guardian", "teacher": "teacher", "class teacher": "class teacher", "head": "head"}

# Class k of a school holds the 25 students whose place in the school is k·25 … k·25 + 24.
STATEMENTS = """
INSERT INTO school (version, name, short_name, timezone)
  SELECT 1, 'Школа ' || n, 'Шк ' || n, 'Europe/Moscow' FROM generate_series(1, 4) n;
INSERT INTO school_setting (version, school_id, name, value) SELECT 1, id, 'second_factor_roles', 'none' FROM school;
INSERT INTO academic_year (version, school_id, name, begins_on, ends_on)
  SELECT 1, id, '2026/27', '2026-09-01', '2027-05-31' FROM school;
INSERT INTO term (version, school_id, academic_year_id, name, kind, begins_on, ends_on, closed)
  SELECT 1, school_id, id, 'год', 'year', begins_on, ends_on, false FROM academic_year;
INSERT INTO subject (version, school_id, name, short_name, latin_name)
  SELECT 1, s.id, 'Предмет ' || n, 'пр' || n, '' FROM school s, generate_series(0, 11) n ORDER BY s.id, n;
INSERT INTO work_type (version, school_id, name, short_name, latin_name, kind, weight, is_default)
  SELECT 1, id, 'Ответ', 'отв', '', 'class_work', 1, true FROM school;
INSERT INTO staff (version, school_id, surname, given_name, patronymic, position)
  SELECT 1, s.id, 'Учитель' || n, 'Имя', '', '' FROM school s, generate_series(0, 74) n ORDER BY s.id, n;
INSERT INTO school_class (version, school_id, academic_year_id, name, grade_level, class_teacher_id)
  SELECT 1, y.school_id, y.id, (n / 4 + 1) || chr(1040 + n % 4), n / 4 + 1,
         (SELECT min(id) FROM staff WHERE school_id = y.school_id) + n
  FROM academic_year y, generate_series(0, 43) n ORDER BY y.school_id, n;
INSERT INTO student (version, school_id, surname, given_name, patronymic)
  SELECT 1, s.id, 'Фамилия' || n, 'Имя', '' FROM school s, generate_series(0, 1099) n ORDER BY s.id, n;
INSERT INTO enrollment (version, school_id, student_id, school_class_id, begins_on)
  SELECT 1, u.school_id, u.id, c.first + (u.id - b.first) / 25, '2026-09-01'
  FROM student u
  JOIN (SELECT school_id, min(id) AS first FROM student GROUP BY 1) b USING (school_id)
  JOIN (SELECT school_id, min(id) AS first FROM school_class GROUP BY 1) c USING (school_id);
INSERT INTO guardian (version, school_id, surname, given_name, patronymic)
  SELECT 1, s.id, 'Родитель' || n, 'Имя', '' FROM school s, generate_series(0, 1899) n ORDER BY s.id, n;
INSERT INTO guardianship (version, school_id, guardian_id, student_id, kinship, barred)
  SELECT DISTINCT 1, g.school_id, g.id, b.first + (g.id - f.first + k * 550) % 1100, 'parent', false
  FROM guardian g, generate_series(0, 1) k,
    LATERAL (SELECT min(id) AS first FROM student WHERE school_id = g.school_id) b,
    LATERAL (SELECT min(id) AS first FROM guardian WHERE school_id = g.school_id) f;
INSERT INTO teaching (version, school_id, teacher_id, school_class_id, subject_id)
  SELECT 1, c.school_id, t.first + ((c.id - k.first) * 12 + n) % 70, c.id, j.first + n
  FROM school_class c, generate_series(0, 11) n,
    LATERAL (SELECT min(id) AS first FROM school_class WHERE school_id = c.school_id) k,
    LATERAL (SELECT min(id) AS first FROM staff WHERE school_id = c.school_id) t,
    LATERAL (SELECT min(id) AS first FROM subject WHERE school_id = c.school_id) j;
INSERT INTO lesson (version, school_id, school_class_id, subject_id, teacher_id, term_id, date, period, topic, state)
  SELECT 1, c.school_id, c.id, t.subject_id, t.teacher_id, m.id, day, p, '', 'held'
  FROM school_class c
  JOIN term m ON m.school_id = c.school_id
  CROSS JOIN generate_series(0, 170) d
  CROSS JOIN generate_series(1, 4) p
  CROSS JOIN LATERAL (SELECT date '2026-09-01' + d AS day) w
  JOIN teaching t ON t.school_class_id = c.id
   AND t.subject_id = (SELECT min(id) FROM subject WHERE school_id = c.school_id) + (d * 4 + p) % 12
  ORDER BY day, p, c.id;
INSERT INTO mark (version, school_id, student_id, lesson_id, work_type_id, value, given_on, published_at)
  SELECT 1, l.school_id, e.student_id, l.id, w.id, ((l.id + e.student_id) % 4 + 2)::text, l.date, l.date
  FROM lesson l
  JOIN enrollment e ON e.school_class_id = l.school_class_id AND (e.student_id + l.id) % 3 = 0
  JOIN work_type w ON w.school_id = l.school_id
  ORDER BY l.id, e.student_id;
"""


@contextmanager
def large_schools(folder: Path) -> Iterator[SchoolDatabase]:
    """The database of four large schools, with an account for each of PEOPLE in the first."""
    (folder / "sockets").mkdir()
    server = Postgres(folder / "var", folder / "sockets")
    server.create()
    with serving(server):
        server.create_database()
        made = SchoolDatabase("zvonok", server.url(), app_url(server.url(), SECRET_KEY))
        install(settings_for(made, "redis://127.0.0.1:1/", folder / "var"))
        with psycopg.connect(made.owner_url, autocommit=True) as database:
            for statement in STATEMENTS.split(";\n"):
                if statement.strip():
                    database.execute(statement)  # type: ignore[arg-type]
            database.execute("VACUUM ANALYZE")
        engine = make_engine(sqlalchemy_url(made.owner_url))
        _accounts(engine)
        engine.dispose()
        yield made


def _accounts(engine: Engine) -> None:
    with transaction(engine, SEEDER) as session:
        users = {name: account(session, name.replace(" ", "_"), role) for name, role in PEOPLE.items()}
    with psycopg.connect(str(engine.url.render_as_string(False)).replace("+psycopg", "")) as database:
        first = "(SELECT min(id) FROM {} WHERE school_id = (SELECT min(id) FROM school))"
        for table, place, user in (
            ("guardian", 7, users["guardian"]),
            ("staff", 50, users["teacher"]),  # no class of its own
            ("staff", 3, users["class teacher"]),
            ("staff", 74, users["head"]),
        ):
            key = f"{first.format(table)} + {place}"
            database.execute(f"UPDATE {table} SET user_id = %s WHERE id = {key}", (user,))  # type: ignore[arg-type]
