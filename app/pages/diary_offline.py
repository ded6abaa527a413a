"""The diary on a phone's home screen: its worker, and the page without a network."""

from flask import Blueprint, current_app, render_template, send_from_directory
from werkzeug.wrappers import Response

from app.web.guard import bare

pages = Blueprint("diary_offline", __name__)


@pages.get("/diary/worker.js")
@bare
def worker() -> Response:
    """The script that keeps the last seen week; here, for it may serve only what lies beside it."""
    return send_from_directory(f"{current_app.static_folder}/diary", "worker.js", mimetype="text/javascript")


@pages.get("/diary/offline")
@bare
def offline() -> str:
    """What is shown where there is no network and no week was seen yet. It tells nothing of anybody."""
    return render_template("diary/offline.html")
