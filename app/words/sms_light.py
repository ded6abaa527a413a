"""What the traffic light of an SMS link says, and why."""

from app.domain.sms_light import Light
from app.words import _

LIGHT_WORDS = {
    Light.GREEN: _("works"),
    Light.AMBER: _("look at it"),
    Light.RED: _("does not work"),
    Light.GREY: _("switched off"),
}
REASON_WORDS = {
    "good": _("Bound, and nothing waits long."),
    "off": _("The link is not in use."),
    "silent": _("No gateway has given a sign of life for a minute: the process does not run, or has no database."),
    "down": _("The gateway runs, but has no connection to the operator."),
    "paused": _("Paused: nothing is sent by it. Receipts and answers still come."),
    "resting": _("Rests: it refused much or was slow. Others are used for a while, where there are any."),
    "partly_down": _("One of the gateways has no connection."),
    "slowed": _("The operator asked for fewer messages; the pace is below what was agreed."),
    "waiting": _("Bound, but messages wait for more than five minutes."),
}
