"""create_app: the only place where the parts meet."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask
from flask_appbuilder import AppBuilder
from flask_wtf import CSRFProtect

import app.session.engine as engine
from app import records
from app.session.actors import BREADTHS, system
from app.web.actors import actor_of_request
from app.web.resources import NAME, Resources, resources
from app.web.security import SchoolSecurity
from app.web.sessions import Sessions
from config import Settings

BREAK_GLASS = "Break glass"  # Flask-AppBuilder gives it everything; held by nobody


def create_app(settings: Settings) -> Flask:
    """The web application. Says no word to the database or Redis."""
    engine.install(records.ALL)
    made = Flask("app", static_folder=None, template_folder="templates")
    made.config.update(_config(settings))
    made.extensions[NAME] = Resources.of(settings, actor_of_request)
    made.session_interface = Sessions(is_https=settings.public_url.startswith("https:"))
    CSRFProtect(made)
    with made.app_context():
        appbuilder = AppBuilder(made, resources().db, security_manager_class=SchoolSecurity)
        if find_spec("app.generator") is not None and hasattr(import_module("app.generator"), "install"):
            import_module("app.generator").install(appbuilder, records.ALL)
    made.teardown_appcontext(lambda error: resources(made).db.remove())
    return made


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "APP_NAME": "Zvonok",
        "AUTH_ROLE_ADMIN": BREAK_GLASS,
        "FAB_CREATE_DB": False,
        "FAB_UPDATE_PERMS": False,
        "FAB_API_SWAGGER_UI": True,
        "FAB_ADD_MENU_API": False,
        "LANGUAGES": {"ru": {"name": "Русский", "flag": "ru"}, "en": {"name": "English", "flag": "gb"}},
        "BABEL_DEFAULT_LOCALE": settings.locale,
        "JWT_ERROR_MESSAGE_KEY": "message",
    }


def install_permissions(settings: Settings) -> None:
    """After migrations: the roles that Flask-AppBuilder needs, and a permission for each view, API and breadth."""
    made = create_app(settings)
    try:
        with made.app_context():
            resources().db().info["actor"] = system("permissions")
            appbuilder = made.extensions["appbuilder"]
            super(SchoolSecurity.__mro__[1], appbuilder.sm).create_db()
            appbuilder.add_permissions(update_perms=True)
            for breadth in BREADTHS:
                appbuilder.sm.add_permissions_view(["can_see"], breadth)
    finally:
        resources(made).close()
