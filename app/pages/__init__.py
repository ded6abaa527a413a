"""Pages made by hand, where people do not think in rows."""

from flask import Flask

from app.pages import health, phones, sign_in, start
from app.web.resources import resources
from app.web.shell import Entry, add_entry
from app.words import _

BLUEPRINTS = (start.pages, sign_in.pages, health.pages, phones.pages)


def install(app: Flask) -> None:
    """Register the pages, and their lines in the menu."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if resources(app).settings.has_simulator:
        add_entry(app, _("Demo"), Entry(_("Phones"), lambda: "/phones"))
