"""What every mail says besides its own words: why one gets it, and whether anybody reads an answer."""

from app.words import Word, _

# Kind of mail → why one gets it. A new kind is one line here and one in app/records/mail.py.
WHY: dict[str, Word] = {
    "sms": _("You get this mail because the SMS diary could not reach your phone, and the school has this address."),
    "invitation": _("You get this mail because the school wrote down this address to invite you to its journal."),
    "recovery": _(
        "You get this mail because somebody asked for a new password with this address. If it was not you, do nothing: "
        "your password stays as it is."
    ),
    "confirmation": _(
        "You get this mail because this address was given in the school’s journal. If it was not you, do nothing."
    ),
    "request": _("You get this mail because of a request about a guardian’s data in the school’s journal."),
    "security": _("You get this mail because it is about your account in the school’s journal."),
    "chain": _("You get this mail because you lead the school: the journal’s history is checked every night."),
    "news": _(
        "You get this mail because you chose that news of the diary come by e-mail too. You change or stop it on the "
        "page “SMS diary”, or by texting STOP."
    ),
    "reminder": _("You get this mail because your family has allowed that you are reminded by e-mail."),
    "alarm": _("You get this mail because you look after the school’s SMS line."),
    "sending": _("You get this mail because you may confirm what the school sends to many families."),
    "announcement": _("You get this mail because it is news of the school that no SMS brings you."),
    "incident": _("You get this mail because you lead the school: somebody found a change that was not theirs."),
    "budget": _("You get this mail because you mind what the school’s texts cost."),
}

NO_ANSWER = _("Nobody reads answers to this mail; please turn to the school’s office.")
OR_COPY = _("If the button does not open, copy this address into the browser:")
