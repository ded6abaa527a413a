"""The names of the roles that a school starts with, in the reader's language; other roles are called as typed."""

from app.words import LANGUAGES, Word, _, translations

WORDS = {
    "administrator of all schools": _("administrator of all schools"),
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


def names_of_role(name: str) -> set[str]:
    """How people may write the role in a setting, in small letters: its own name, and its word in each language."""
    word = WORDS.get(name)
    said = {translations(language).gettext(word.text) for language in LANGUAGES} if word is not None else set()
    return {one.lower() for one in (name, *said)}
