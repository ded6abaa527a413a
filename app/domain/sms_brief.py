"""Homework as pupils note it down: the usual abbreviations, by which it takes less room in a text."""

import re

# Whole words, with the endings that they take; longer phrases stand before the words that they are made of.
_USUAL = {
    r"контурн\w+ карт\w+": "к/к",
    r"контрольн\w+ работ\w+": "к/р",
    r"самостоятельн\w+ работ\w+": "с/р",
    r"лабораторн\w+ работ\w+": "л/р",
    r"практическ\w+ работ\w+": "пр/р",
    r"рабоч\w+ тетрад\w+": "р/т",
    r"упражнени[а-я]+": "упр.",
    r"параграф[а-я]*": "§",
    r"страниц[а-я]*": "с.",
    r"стр(?=\.)": "с.",
    r"номер[а-я]*": "№",
    r"задани[а-я]+": "зад.",
    r"вопрос[а-я]*": "вопр.",
    r"ответ(?:ить|ьте)": "отв.",
    r"(?:вы)?учить": "уч.",
    r"выучите": "уч.",
    r"(?:про)?чита(?:ть|йте)": "чит.",
    r"повтор(?:ить|ите|ять)": "повт.",
    r"подготов(?:ить|ьте|иться|ьтесь)": "подг.",
    r"запис(?:ать|ывать)": "запис.",
    r"написать": "напис.",
    r"письменно": "письм.",
    r"решить": "реш.",
    r"составить": "сост.",
    r"закончить": "законч.",
    r"стихотворени[а-я]+": "стих.",
    r"наизусть": "наиз.",
    r"пересказ(?:ать)?": "перес.",
    r"сообщени[а-я]+": "сообщ.",
    r"определени[а-я]+": "опред.",
    r"предложени[а-я]+": "предл.",
    r"правил[а-я]+": "прав.",
    r"уравнени[а-я]+": "уравн.",
    r"презентаци[а-я]+": "през.",
    r"сочинени[а-я]+": "соч.",
    r"изложени[а-я]+": "излож.",
    r"таблиц[а-я]+": "табл.",
    r"рисун(?:ок|ка|ки|ку)": "рис.",
    r"учебник[а-я]*": "учеб.",
    r"следующ[а-я]+": "след.",
    r"глав[ауые]": "гл.",
    r"exercises?": "ex.",
    r"pages?": "p.",
    r"paragraphs?": "par.",
    r"questions?": "qu.",
}


def _pattern(place: int, word: str, short: str) -> str:
    """The full stop behind a word becomes that of its abbreviation."""
    return rf"(?P<w{place}>\b{word}(?!\w){_STOP if short.endswith('.') else ''})"


_STOP = r"\.?"
_SHORT = list(_USUAL.values())
_WORD = re.compile("|".join(_pattern(place, *both) for place, both in enumerate(_USUAL.items())), re.IGNORECASE)


def briefly(task: str) -> str:
    """The task in usual abbreviations; nothing of it is left out.

    >>> briefly("Упражнение 34, выучить правило на странице 12.")
    'упр. 34, уч. прав. на с. 12.'
    >>> briefly("№ 34, 34а")
    '№ 34, 34а'
    """
    return _WORD.sub(lambda found: _SHORT[int((found.lastgroup or "w0")[1:])], task)
