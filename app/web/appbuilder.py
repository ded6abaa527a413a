"""Flask-AppBuilder without what we make ourselves or do not want."""

from flask_appbuilder import AppBuilder


class SchoolAppBuilder(AppBuilder):
    """Start page, languages, menu and the way back are our own: Flask-AppBuilder's change things by GET."""

    def _add_admin_views(self) -> None:
        self._indexview = None
        self.sm.register_views()
        self.openapi_manager.register_views()

    @property
    def get_url_for_index(self) -> str:
        return "/"
