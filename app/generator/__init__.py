"""The generator: from each record type its list, form, history, export and API, on Flask-AppBuilder."""

from collections.abc import Iterable

from flask_appbuilder import AppBuilder
from flask_appbuilder.models.sqla.interface import SQLAInterface

from app.generator.api import api_of
from app.generator.fields import check_guarded
from app.generator.pages_of import pages_of
from app.generator.parts import check_parts
from app.records.record_type import RecordType


def install(appbuilder: AppBuilder, record_types: Iterable[RecordType]) -> None:
    """Register the pages and the API of each record type; call it in the application's context.

    The menu is the frame's (app/web/shell.py): Flask-AppBuilder's own would put the names of its entries among those
    of the records. Raises WrongDeclaration where a declaration names what its model does not have.
    """
    for record_type in record_types:
        check_guarded(record_type)
        check_parts(record_type)
        datamodel = SQLAInterface(record_type.model)
        appbuilder.add_view_no_menu(pages_of(record_type, datamodel))
        appbuilder.add_api(api_of(record_type, datamodel))
