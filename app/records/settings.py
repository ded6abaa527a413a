"""The record type of what a school sets for itself, with the meaning of each setting."""

from sqlalchemy.orm import Session

from app.domain.settings import DEFINITIONS, read_setting
from app.models import SchoolSetting
from app.records.record_type import RecordType
from app.records.school import SCHOOL, office
from app.words import _

SETTING_NAMES = {
    "hold_back_minutes": _("Hold-back pause before a text to families, minutes"),
    "quiet_hours": _("Quiet hours: no texts in them but urgent ones, codes and answers"),
    "quiet_from": _("Quiet hours begin"),
    "quiet_until": _("Quiet hours end"),
    "immediate_valid_hours": _("A text sent at once is of use for, hours"),
    "digest_valid_hours": _("A digest is of use for, hours"),
    "urgent_valid_hours": _("An urgent text is of use for, hours"),
    "uncertain_grace_seconds": _("Wait for a receipt before an uncertain text is sent again, seconds"),
    "email_fallback": _("A text that did not arrive goes to the guardian’s e-mail"),
    "sms_countries": _("Texts go to numbers that begin with, such as 7, 375; “all” for every country"),
    "longest_text_parts": _("Longest text, parts"),
}


def _check_setting(session: Session, setting: SchoolSetting) -> None:
    read_setting(setting.name, setting.value)


SCHOOL_SETTINGS = RecordType(
    model=SchoolSetting,
    title=_("Settings"),
    one=_("Setting"),
    menu=SCHOOL,
    columns=("name", "value"),
    fields=("name", "value"),
    order=("name",),
    choices={"name": {name: SETTING_NAMES[name] for name in DEFINITIONS}},
    inline=("value",),
    writes=office,
    deletes=False,
    check=_check_setting,
)
