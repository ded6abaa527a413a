"""create_app: the only place where the parts meet."""

from flask import Flask
from flask_wtf import CSRFProtect

from app import generator, pages, records
from app.services.jobs import DELIVER_NOTICES, enqueue
from app.session.actors import BREADTHS, system
from app.session.engine import install
from app.session.notices import on_notices
from app.web import endings, errors, guard, headers, language, shell, trace
from app.web.actors import actor_of_request
from app.web.appbuilder import SchoolAppBuilder
from app.web.config import flask_config
from app.web.resources import NAME, Resources, resources
from app.web.security import SchoolSecurity
from app.web.sessions import Sessions
from config import Settings


def create_app(settings: Settings) -> Flask:
    """The web application. Says no word to the database or Redis."""
    install(records.ALL)
    app = Flask("app", static_folder="static", template_folder="templates")
    app.config.update(flask_config(settings))
    app.extensions[NAME] = Resources.of(settings, actor_of_request)
    is_https = settings.public_url.startswith("https:")
    app.session_interface = Sessions(is_https)
    csrf = CSRFProtect()
    trace.init_app(app)
    app.before_request(language.choose)
    guard.init_app(app, csrf)
    csrf.init_app(app)
    shell.init_app(app)
    errors.init_app(app)
    headers.init_app(app, is_https)
    endings.listen()
    with app.app_context():
        appbuilder = SchoolAppBuilder(app, resources().db, security_manager_class=SchoolSecurity)
        language.init_app(app)
        generator.install(appbuilder, records.ALL)
        shell.add_records(app, appbuilder, records.ALL)
        pages.install(app, appbuilder)
    app.teardown_appcontext(lambda error: resources(app).db.remove())
    on_notices(lambda ids: _wake(settings, ids))
    return app


def _wake(settings: Settings, notice_ids: list[int]) -> None:
    if settings.redis_url is not None:
        enqueue(settings.redis_url, DELIVER_NOTICES, notice_ids)


def install_permissions(settings: Settings) -> None:
    """After migrations: the roles that Flask-AppBuilder needs, and a permission for each view, API and breadth."""
    app = create_app(settings)
    try:
        with app.app_context():
            resources().db().info["actor"] = system("permissions")
            appbuilder = app.extensions["appbuilder"]
            appbuilder.sm.make_roles()
            appbuilder.add_permissions(update_perms=True)
            for breadth in BREADTHS:
                appbuilder.sm.add_permissions_view(["can_see"], breadth)
    finally:
        resources(app).close()
