"""The names of the roles that a school starts with, in the reader's language; other roles are called as typed."""

from app.words import Word, _

WORDS = {
    "authority": _("education authority"),
    "class teacher": _("class teacher"),
    "guardian": _("parent or guardian"),
    "head": _("head of the school"),
    "health worker": _("health worker"),
    "operator": _("SMS operator"),
    "school administrator": _("school administrator"),
    "secretary": _("secretary"),
    "student": _("student"),
    "teacher": _("teacher"),
}


def role_word(name: str) -> Word | str:
    return WORDS.get(name, name)
