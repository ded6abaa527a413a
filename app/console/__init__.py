"""The SMS operator's console: Flask-Admin on a base of our own, for those whose role has the permission."""

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import BootstrapTheme

from app.console.base import NAME, PERMISSIONS, TABS, Rows
from app.console.front import FrontPage
from app.console.inbound import InboundView
from app.console.jobs import JobsPage
from app.console.links import LinksView
from app.console.outbox import OutboxView, UncertainView
from app.console.prefixes import PrefixesPage
from app.web.shell import Entry, add_entry
from app.words import _

__all__ = ["NAME", "PERMISSIONS", "install"]

CHAPTER = _("SMS console")


def install(app: Flask) -> None:
    """Register the console's pages, and their lines in the menu."""
    admin = Admin(
        app,
        name="console",
        url="/console",
        endpoint=NAME,
        index_view=FrontPage(endpoint=NAME, url="/console"),
        theme=BootstrapTheme(folder="bootstrap4", base_template="console/base.html"),
    )
    rows = Rows()
    admin.add_views(
        OutboxView(rows, endpoint="console_outbox", url="outbox"),
        UncertainView(rows, endpoint="console_uncertain", url="uncertain"),
        InboundView(rows, endpoint="console_inbound", url="inbound"),
        LinksView(rows, endpoint="console_links", url="links"),
        JobsPage(endpoint="console_jobs", url="jobs"),
        PrefixesPage(endpoint="console_prefixes", url="prefixes"),
    )
    for tab in TABS:
        add_entry(app, CHAPTER, Entry(tab.title, tab.address, NAME, replaces=tab.replaces))
