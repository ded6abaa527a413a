"""Imports: a workbook is uploaded, its dry run is seen, doubts are decided, it is applied and may be undone."""

from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask import session as browser_session

from app.domain.errors import InvalidInput
from app.models import ImportRun
from app.pages.imports_showing import (
    DONE,
    IMPORTS_BEGUN,
    KEPT,
    SOMEBODY_NEW,
    UNDECIDED,
    again_words,
    columns_shown,
    decided_of,
    decisions_with,
    doubts_of,
    problem_words,
    progress_words,
    returned_workbook,
    stopped_words,
    unread,
    words_of,
)
from app.records.imports.came import classes_of, lists_of
from app.records.imports.kind import Kind
from app.records.imports.kinds import KINDS, kinds_of
from app.records.imports.work import school_of
from app.services.imports.reading import LARGEST_FILE, MOST_ROWS, refuse_unreadable
from app.services.imports.runs import UNDER_WAY, UNDONE_WITHIN, may_be_undone, new_run, note_seen, run_of, runs_of, step
from app.services.imports.template import template
from app.services.jobs import RUN_IMPORT, SLOW, enqueue
from app.session.actors import Actor
from app.web.actors import current_actor
from app.web.guard import signed_in, takes_files
from app.web.locks import polled
from app.web.resources import NO_REDIS, resources
from app.words import _, language
from app.words.errors import sentence

log = structlog.get_logger()

pages = Blueprint("imports", __name__)

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROOM_AROUND = 4 * 2**20  # a file a little too large is refused by our words, not by the server's
JOB_SECONDS = 3600
CHANGED_MEANWHILE = _("This import has moved on meanwhile. Here is how it stands now.")
STATES = {
    "checking": _("being checked"),
    "checked": _("checked, not applied"),
    "refused": _("refused"),
    "applying": _("being applied"),
    "applied": _("applied"),
    "undoing": _("being undone"),
    "undone": _("undone"),
}
DECIDED = {"again": {"row": 0, "field": "", "key": "import.decided", "figures": {}}}
PEOPLE = ("families", "teachers")  # workbooks made for people; they stand first


@pages.get("/imports")
@signed_in
def index() -> str:
    """The kinds that the person may import, and what the person has imported."""
    actor = _actor()
    kinds = kinds_of(actor)
    if not kinds:
        abort(403)
    return render_template(
        "imports/index.html",
        made=[kind for kind in kinds if kind.name in PEOPLE],
        lists=[kind for kind in kinds if kind.name not in PEOPLE],
        runs=runs_of(resources().db(), actor),
        titles={name: kind.title for name, kind in KINDS.items()},
        states=STATES,
        zone=resources().settings.timezone,
    )


@pages.get("/imports/new/<name>")
@signed_in
def new(name: str) -> str:
    """One kind: its empty workbook, and where a filled-in one is brought."""
    return _new(_kind(name))


@pages.get("/imports/template/<name>.xlsx")
@signed_in
def workbook(name: str) -> Response:
    """The empty workbook to fill in."""
    kind = _kind(name)
    answer = Response(template(kind.columns, kind.title), content_type=XLSX_TYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename={name}.xlsx"
    return answer


@pages.post("/imports/new/<name>")
@takes_files(LARGEST_FILE + ROOM_AROUND)
@signed_in
def upload(name: str) -> Any:
    """Take a file; a worker checks it."""
    kind, actor = _kind(name), _actor()
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise InvalidInput("file", "import.no_file")
        content = file.read()
        refuse_unreadable(content)
    except InvalidInput as refused:
        return _new(kind, sentence(refused)), 422
    session = resources().db()
    run_id = new_run(session, actor, school_of(actor), kind.name, (file.filename, content), language())
    session.commit()
    log.info("import.uploaded", run=run_id, kind=kind.name, octets=len(content), user=actor.user_id)
    return _begun(run_id)


@pages.get("/imports/<int:run_id>")
@signed_in
def show(run_id: int) -> str:
    """How an import stands: its progress, its dry run, what became of it."""
    run = _run(run_id)
    found: Any = run.found
    kind = KINDS[run.kind]
    columns = columns_shown(kind, run)
    figures, rows = words_of(run)
    in_order = sorted(found.get("problems") or (), key=lambda one: int(one["row"]))
    if run.state not in UNDER_WAY:
        _note_seen(run)
    return render_template(
        "imports/run.html",
        run=run,
        kind=kind,
        state=STATES[run.state],
        is_under_way=run.state in UNDER_WAY,
        counts=found.get("counts") or {},
        found=found,
        refused=problem_words(kind, found["refused"]) if found.get("refused") else None,
        stopped=stopped_words(found),
        again=again_words(kind, found),
        progress_words=progress_words(run),
        problems=[(one["row"], problem_words(kind, one)) for one in in_order],
        doubts=doubts_of(run),
        decided=decided_of(run),
        undecided=UNDECIDED,
        somebody_new=SOMEBODY_NEW,
        columns=columns,
        unread=unread(columns, run),
        may_apply=_may_apply(run),
        may_be_undone=may_be_undone(run, datetime.now(UTC)),
        undone_until=run.applied_at + UNDONE_WITHIN if run.applied_at else None,
        kept_words=KEPT,
        figures=figures,
        row_words=rows,
        is_done=run.state in DONE,
        classes=classes_of(resources().db(), run) if run.state == "applied" else (),
        lists=lists_of(kind),
        zone=resources().settings.timezone,
    )


@pages.post("/imports/<int:run_id>/decide")
@signed_in
def decide(run_id: int) -> Any:
    """Take what the person says of those in doubt, and check the file anew."""
    run = _run(run_id)
    return _moved(run, "checked", "checking", decisions=decisions_with(run, request.form), done=0, total=0)


@pages.post("/imports/<int:run_id>/columns")
@signed_in
def columns(run_id: int) -> Any:
    """Take what the person says that the columns mean, and check the file anew; remembered when it is applied."""
    run = _run(run_id)
    names = {column.name for column in KINDS[run.kind].columns}
    places = [str(one["place"]) for one in columns_shown(KINDS[run.kind], run)]
    said = {place: request.form.get(f"column-{place}", "") for place in places}
    matched = {place: name if name in names else "" for place, name in said.items()}
    return _moved(run, "checked", "checking", matched=matched, decisions={}, done=0, total=0)


@pages.get("/imports/<int:run_id>/progress")
@polled
@signed_in
def progress(run_id: int) -> Response:
    """How far it is, for the page that asks again and again."""
    run = _run(run_id)
    told = progress_words(run)
    return jsonify(is_under_way=run.state in UNDER_WAY, done=run.done, total=run.total, state=run.state, words=told)


@pages.get("/imports/<int:run_id>/workbook.xlsx")
@signed_in
def returned(run_id: int) -> Response:
    """The workbook as it was brought, with what the check has found written into it."""
    run = _run(run_id)
    if run.content is None or not run.found.get("header"):
        abort(404)
    answer = Response(returned_workbook(KINDS[run.kind], run), content_type=XLSX_TYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename=import-{run.id}.xlsx"
    return answer


@pages.post("/imports/<int:run_id>/apply")
@signed_in
def apply(run_id: int) -> Any:
    """Let a worker save what the dry run has shown; where doubts were ticked since, it is shown with them first."""
    run = _run(run_id)
    decisions = decisions_with(run, request.form)
    if decisions != run.decisions:
        return _moved(run, "checked", "checking", decisions=decisions, found=DECIDED, done=0, total=0)
    if not _may_apply(run):
        flash(str(CHANGED_MEANWHILE), "danger")
        return redirect(url_for("imports.show", run_id=run.id), 303)
    return _moved(run, "checked", "applying", done=0, total=0)


@pages.post("/imports/<int:run_id>/undo")
@signed_in
def undo(run_id: int) -> Any:
    """Let a worker take the whole import back."""
    run = _run(run_id)
    if not may_be_undone(run, datetime.now(UTC)):
        flash(str(_("This import can no longer be undone.")), "danger")
        return redirect(url_for("imports.show", run_id=run.id), 303)
    return _moved(run, "applied", "undoing", done=0, total=0)


def _new(kind: Kind, wrong: str = "") -> str:
    megabytes = LARGEST_FILE // 2**20
    return render_template("imports/new.html", kind=kind, wrong=wrong, megabytes=megabytes, rows=MOST_ROWS)


def _actor() -> Actor:
    actor = current_actor()
    assert actor is not None  # the routes are for those who are signed in
    return actor


def _kind(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        abort(404)
    if not kind.is_open_to(_actor()):
        abort(403)
    return kind


def _run(run_id: int) -> ImportRun:
    run = run_of(resources().db(), _actor(), run_id) if run_id < 2**31 else abort(404)
    _kind(run.kind)
    return run


def _note_seen(run: ImportRun) -> None:
    if not run.seen:
        session = resources().db()
        note_seen(session, run.id)
        session.commit()


def _may_apply(run: ImportRun) -> bool:
    counts: Any = run.found.get("counts") or {}
    return run.state == "checked" and not run.found.get("blocked") and bool(counts.get("add") or counts.get("change"))


def _moved(run: ImportRun, state: str, to: str, **values: Any) -> Any:
    session = resources().db()
    is_moved = step(session, run.id, (state,), to, **values)
    session.commit()
    if is_moved:
        log.info("import.moved", run=run.id, to=to, user=_actor().user_id)
        return _begun(run.id)
    flash(str(CHANGED_MEANWHILE), "danger")
    return redirect(url_for("imports.show", run_id=run.id), 303)


def _begun(run_id: int) -> Any:
    """Where Redis is away, the clock finds the run after a while."""
    browser_session[IMPORTS_BEGUN] = True
    url = resources().settings.redis_url or NO_REDIS
    enqueue(url, RUN_IMPORT, run_id, queue=SLOW, timeout=JOB_SECONDS)
    return redirect(url_for("imports.show", run_id=run_id), 303)
