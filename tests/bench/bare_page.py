"""Bare Flask pages that read the rows of a journal, and of a child's week, and render them plainly: what ours are
measured by.

`python -m tests.bench.bare_page PORT DATABASE_URL` serves /<class>/<subject>/<term> and /week/<student>/<monday>, as
the product's web is served.
"""

import sys
import threading
from collections import defaultdict
from dataclasses import replace
from itertools import groupby
from typing import Any

import psycopg
from flask import Flask, render_template_string
from psycopg.rows import namedtuple_row

import config
from launcher.web import Web

LESSONS = """
SELECT l.id, l.date, l.period, l.topic, w.short_name, h.text FROM lesson l
LEFT JOIN work_type w ON w.id = l.work_type_id LEFT JOIN homework h ON h.lesson_id = l.id
WHERE l.school_class_id = %s AND l.subject_id = %s AND l.term_id = %s ORDER BY l.date, l.period
"""
STUDENTS = """
SELECT s.id, s.surname || ' ' || s.given_name FROM student s JOIN enrollment e ON e.student_id = s.id
WHERE e.school_class_id = %s ORDER BY s.surname, s.given_name
"""
MARKS = """
SELECT m.lesson_id, m.student_id, m.value, w.weight FROM mark m JOIN work_type w ON w.id = m.work_type_id
WHERE m.lesson_id = ANY(%s) ORDER BY m.id
"""
ABSENCES = "SELECT lesson_id, student_id, reason FROM absence WHERE lesson_id = ANY(%s)"
TERM_MARKS = "SELECT student_id, value FROM term_mark WHERE subject_id = %s AND term_id = %s"
PAGE = """<!doctype html><title>Journal</title>
<table><tr><th>Student</th>{% for lesson in lessons %}<th>{{ lesson[1] }}</th>{% endfor %}<th>Mean</th><th>Term</th>
</tr>
{% for name, cells, mean, mark in lines %}<tr><th>{{ name }}</th>{% for cell in cells %}<td>{{ cell }}</td>{% endfor %}
<td>{{ mean }}</td><td>{{ mark }}</td></tr>
{% endfor %}</table>
<table>{% for lesson in lessons %}<tr><th>{{ lesson[1] }}</th><td>{{ lesson[3] }}</td>
<td>{{ lesson[5] or "" }}</td></tr>
{% endfor %}</table>
"""

WEEK = """
SELECT l.id, l.date, l.period, s.name AS subject, r.name AS room, l.topic, l.state, t.surname, m.id AS mark_id, m.value,
    m.comment, w.name AS work, a.reason
FROM lesson l JOIN enrollment e ON e.school_class_id = l.school_class_id AND e.student_id = %(student)s
JOIN subject s ON s.id = l.subject_id JOIN staff t ON t.id = l.teacher_id LEFT JOIN room r ON r.id = l.room_id
LEFT JOIN mark m ON m.lesson_id = l.id AND m.student_id = e.student_id
LEFT JOIN work_type w ON w.id = m.work_type_id
LEFT JOIN absence a ON a.lesson_id = l.id AND a.student_id = e.student_id
WHERE l.date BETWEEN %(monday)s AND %(monday)s::date + 6 AND (l.subgroup_id IS NULL OR EXISTS (
    SELECT FROM subgroup_member g WHERE g.subgroup_id = l.subgroup_id AND g.student_id = e.student_id))
ORDER BY l.date, l.period, m.id
"""
HOMEWORK = """
SELECT h.lesson_id, h.text, h.due FROM homework h JOIN lesson l ON l.id = h.lesson_id
JOIN enrollment e ON e.school_class_id = h.school_class_id AND e.student_id = %(student)s
WHERE l.date BETWEEN %(monday)s AND %(monday)s::date + 6 OR h.due BETWEEN %(monday)s AND %(monday)s::date + 6
"""
REMARKS = """
SELECT given_on, kind, text FROM remark
WHERE student_id = %(student)s AND given_on BETWEEN %(monday)s AND %(monday)s::date + 6
"""
BELLS = "SELECT period, min(starts_at) AS starts_at, min(ends_at) AS ends_at FROM bell_period GROUP BY period"
WEEK_PAGE = """<!doctype html><title>Diary</title>
{% for day, rows in days %}<h2>{{ day }}</h2><ol>
{% for row in rows %}<li>{{ row.period }} {{ bells.get(row.period, "") }} <b>{{ row.subject }}</b> {{ row.room or "" }}
{{ row.topic }} {{ row.surname }}
{% for one in homework.get(row.id, ()) %}<i>{{ one.text }} {{ one.due or "" }}</i>{% endfor %}
{% if row.value %}<a href="/{{ row.mark_id }}" title="{{ row.work }} {{ row.comment or "" }}">{{ row.value }}</a>
{% endif %}
{{ row.reason or "" }}</li>
{% endfor %}</ol>{% endfor %}
{% for remark in remarks %}<p>{{ remark.given_on }} {{ remark.text }}</p>{% endfor %}
"""

app = Flask(__name__)
_of_thread = threading.local()


def _database() -> psycopg.Connection[Any]:
    if not hasattr(_of_thread, "connection"):
        _of_thread.connection = psycopg.connect(sys.argv[2], autocommit=True)
    found: psycopg.Connection[Any] = _of_thread.connection
    return found


@app.get("/<int:class_id>/<int:subject_id>/<int:term_id>")
def page(class_id: int, subject_id: int, term_id: int) -> str:
    ask = _database().execute
    lessons = ask(LESSONS, (class_id, subject_id, term_id)).fetchall()
    keys = [lesson[0] for lesson in lessons]
    cells: dict[tuple[int, int], list[str]] = defaultdict(list)
    sums: dict[int, list[Any]] = defaultdict(lambda: [0, 0])
    for lesson, student, value, weight in ask(MARKS, (keys,)):
        cells[lesson, student].append(value)
        if value.isdigit():
            sums[student][0] += int(value) * weight
            sums[student][1] += weight
    for lesson, student, reason in ask(ABSENCES, (keys,)):
        cells[lesson, student].append(reason[0])
    decided = dict(ask(TERM_MARKS, (subject_id, term_id)).fetchall())
    lines = []
    for student, name in ask(STUDENTS, (class_id,)):
        total, weight = sums[student]
        mean = f"{total / weight:.2f}" if weight else ""
        texts = ["/".join(cells.get((key, student), ())) for key in keys]
        lines.append((name, texts, mean, decided.get(student, "")))
    return render_template_string(PAGE, lessons=lessons, lines=lines)


@app.get("/week/<int:student>/<monday>")
def week(student: int, monday: str) -> str:
    asked, cursor = {"student": student, "monday": monday}, _database().cursor(row_factory=namedtuple_row)
    lessons = cursor.execute(WEEK, asked).fetchall()
    homework: dict[int, list[Any]] = defaultdict(list)
    for one in cursor.execute(HOMEWORK, asked):
        homework[one.lesson_id].append(one)
    return render_template_string(
        WEEK_PAGE,
        days=[(day, list(rows)) for day, rows in groupby(lessons, key=lambda row: row.date)],
        homework=homework,
        remarks=cursor.execute(REMARKS, asked).fetchall(),
        bells={one.period: f"{one.starts_at:%H:%M}–{one.ends_at:%H:%M}" for one in cursor.execute(BELLS)},
    )


class Bare(Web):
    """As many processes and threads as the product's."""

    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("child_exit", lambda arbiter, worker: None)  # the product's counts are not kept here

    def load(self) -> Flask:
        return app


if __name__ == "__main__":
    Bare(replace(config.load({}), port=int(sys.argv[1]))).run()
