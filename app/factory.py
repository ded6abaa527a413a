"""create_app: the only place where the parts meet."""

from flask import Flask, has_app_context
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.models import PermissionView
from flask_wtf import CSRFProtect
from sqlalchemy import select

from app import console, generator, pages, records
from app.records.journal import FOR_OTHERS
from app.services.data_requests import MAY_DECIDE
from app.services.invitations import MAY_INVITE
from app.services.jobs import DELIVER_NOTICES, enqueue
from app.services.journal_list import MAY_OPEN
from app.services.sending import MAY_CONFIRM
from app.services.views import SHARE
from app.session.actors import BREADTHS, system
from app.session.engine import install
from app.session.notices import on_notices
from app.web import (
    endings,
    errors,
    family,
    guard,
    headers,
    language,
    locks,
    look,
    revalidated,
    rights_history,
    shell,
    shrinking,
    trace,
)
from app.web.actors import actor_of_request
from app.web.appbuilder import SchoolAppBuilder
from app.web.config import flask_config
from app.web.resources import NAME, NO_REDIS, Resources, resources
from app.web.rights import MAY_OVERSEE
from app.web.security import SchoolSecurity
from app.web.sessions import Sessions
from app.web.uploads import SchoolRequest
from config import Settings


def create_app(settings: Settings) -> Flask:
    """The web application. Says no word to the database or Redis."""
    install(records.ALL)
    app = Flask("app", static_folder="static", template_folder="templates")
    app.request_class = SchoolRequest
    app.config.update(flask_config(settings))
    app.extensions[NAME] = Resources.of(settings, actor_of_request)
    is_https = settings.public_url.startswith("https:")
    app.session_interface = Sessions(is_https)
    csrf = CSRFProtect()
    trace.init_app(app)
    app.before_request(language.choose)
    guard.init_app(app, csrf)
    csrf.init_app(app)
    locks.init_app(app)
    shell.init_app(app)
    family.init_app(app)
    revalidated.init_app(app)
    look.init_app(app)
    errors.init_app(app)
    headers.init_app(app, is_https)
    shrinking.init_app(app)
    endings.listen()
    rights_history.listen()
    with app.app_context():
        appbuilder = SchoolAppBuilder(app, resources().db, security_manager_class=SchoolSecurity)
        language.init_app(app)
        generator.install(appbuilder, records.ALL)
        shell.add_records(app, appbuilder, records.ALL)
        console.install(app)
        pages.install(app, appbuilder)
    app.teardown_appcontext(lambda error: resources(app).db.remove())
    on_notices(_wake_workers)
    return app


def _wake_workers(notice_ids: list[int]) -> None:
    """After a commit of the current application; outside of one there is nobody to tell."""
    if has_app_context():
        enqueue(resources().settings.redis_url or NO_REDIS, DELIVER_NOTICES, notice_ids)


def install_permissions(settings: Settings) -> None:
    """After migrations: the roles that Flask-AppBuilder needs, and a permission for each view, API and breadth.

    Raises PermissionsMissing: Flask-AppBuilder logs what fails and goes on.
    """
    app = create_app(settings)
    try:
        with app.app_context():
            resources().db().info["actor"] = system("permissions")
            appbuilder = app.extensions["appbuilder"]
            appbuilder.sm.make_roles()
            appbuilder.add_permissions(update_perms=True)
            for view, names in _VIEWS_WITHOUT_PAGES.items():
                appbuilder.sm.add_permissions_view(list(names), view)
            _check_permissions(appbuilder)
    finally:
        resources(app).close()


# What may be granted besides the pages and APIs that Flask-AppBuilder knows.
_VIEWS_WITHOUT_PAGES = dict.fromkeys(BREADTHS, ("can_see",)) | {
    console.NAME: console.PERMISSIONS,
    SHARE[1]: (SHARE[0],),
    MAY_INVITE[1]: (MAY_INVITE[0],),
    FOR_OTHERS[1]: (FOR_OTHERS[0],),
    MAY_DECIDE[1]: (MAY_DECIDE[0],),
    MAY_OVERSEE[1]: (MAY_OVERSEE[0],),
    MAY_OPEN[1]: (MAY_OPEN[0],),
    MAY_CONFIRM[1]: (MAY_CONFIRM[0],),
}


class PermissionsMissing(Exception):
    """Not every permission could be written; the names are those that lack."""


def _check_permissions(appbuilder: AppBuilder) -> None:
    wanted = {(name, view.class_permission_name) for view in appbuilder.baseviews for name in view.base_permissions}
    wanted |= {(name, view) for view, names in _VIEWS_WITHOUT_PAGES.items() for name in names}
    rows = resources().db().scalars(select(PermissionView)).all()
    missing = wanted - {(row.permission.name, row.view_menu.name) for row in rows}
    if missing:
        raise PermissionsMissing(", ".join(f"{name} on {view}" for name, view in sorted(missing)))
