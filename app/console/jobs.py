"""The workers' queues and their failed jobs: try again, drop."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from redis import Redis
from werkzeug.wrappers import Response

from app.console.base import Page, acts, reads
from app.console.words import QUEUE_WORDS
from app.domain.errors import NotFound, TryLater
from app.services.job_queues import MOST_SHOWN, FailedJob, drop_job, failed_jobs, queue_state_or_none, retry_job
from app.session.engine import actor_of
from app.web.resources import resources
from app.words import Word, _

JOB_WORDS = {
    "workers.deliver.deliver_notices": _("decide to whom news go"),
    "workers.compose.compose_digests": _("compose digests"),
    "workers.compose.compose_immediate": _("compose texts that go at once"),
    "workers.sweep.sweep": _("find what was forgotten"),
    "workers.sweep.tidy": _("tidy up"),
    "workers.inbound.handle_inbound": _("answer texts from phones"),
    "workers.mail.send_mails": _("send mails"),
}
GONE = _("This job has not failed (any more): somebody else tried it again or dropped it.")


class JobsPage(Page):
    """Of every school of this installation: jobs are batches, and tell ids only."""

    @expose("/")
    @reads
    def index(self) -> Any:
        state, jobs = queue_state_or_none(resources().redis), []
        if state is not None:
            jobs = _failed_or_none()
        return self.render(
            "console/jobs.html", state=state, jobs=jobs, most=MOST_SHOWN, QUEUES=QUEUE_WORDS, JOBS=JOB_WORDS
        )

    @expose("/retry", methods=("POST",))
    @acts
    def retry(self) -> Response:
        return _act(retry_job, _("The job is in its queue again."))

    @expose("/drop", methods=("POST",))
    @acts
    def drop(self) -> Response:
        return _act(drop_job, _("The job is dropped. What it was to do is found by the sweep, if it still waits."))


def _failed_or_none() -> list[FailedJob]:
    try:
        return failed_jobs(resources().redis)
    except TryLater:
        return []


def _act(work: Callable[[Redis, str, int | None], None], told: Word) -> Response:
    try:
        work(resources().redis, request.form.get("job", ""), actor_of(resources().db()).user_id)
        flash(str(told), "success")
    except NotFound:
        flash(str(GONE), "danger")
    except TryLater:
        flash(str(_("Redis does not answer; nothing was done.")), "danger")
    return redirect(url_for(".index"), 303)
