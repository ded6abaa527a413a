"""The start page: who one is here, and what one may open."""

from flask import Blueprint, render_template

from app.web.guard import signed_in

pages = Blueprint("start", __name__)


@pages.get("/")
@signed_in
def start() -> str:
    return render_template("start.html")
