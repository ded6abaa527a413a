"""A bare Flask page that reads the marks of a journal and renders a plain table: the measure for the journal's page.

`python -m tests.bench.bare_page PORT DATABASE_URL` serves /<class>/<subject>/<term> as the product's web is served.
"""

import sys
import threading
from collections import defaultdict
from dataclasses import replace
from typing import Any

import psycopg
from flask import Flask, render_template_string

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


class Bare(Web):
    """As many processes and threads as the product's."""

    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("child_exit", lambda arbiter, worker: None)  # the product's counts are not kept here

    def load(self) -> Flask:
        return app


if __name__ == "__main__":
    Bare(replace(config.load({}), port=int(sys.argv[1]))).run()
