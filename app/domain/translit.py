"""Russian in Latin letters, so that a text fits the GSM alphabet and costs half as many segments.

Close to ICAO Doc 9303 (as in Russian passports), but with plain ASCII throughout and й kept apart from и.
"""

_LOWER = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "№": "N ", "–": "-", "—": "-", "«": '"', "»": '"', "…": "...", "·": "-",
}  # fmt: skip
_TABLE = str.maketrans({**_LOWER, **{letter.upper(): latin.capitalize() for letter, latin in _LOWER.items() if latin}})


def latin(text: str) -> str:
    """The text with Russian letters replaced by Latin ones; everything else stays.

    >>> latin("Щукина Юлия: матем 5")
    'Shchukina Yuliya: matem 5'
    """
    return text.translate(_TABLE)
