"""What a text from a phone is answered by, where the answer is no fact: short sentences in the family's language."""

from collections.abc import Callable

from app.domain.sms_commands import BY_COMMAND, TABLE, Command
from app.domain.sms_text import segment_count

SIGNED = " " * 9  # room for the school’s signature
REPLIES = {
    "ru": {
        "stopped": "СМС-дневник отключён. Включить: СТАРТ.",
        "started": "СМС-дневник включён ({names}). Отключить: СТОП.",
        "on_already": "СМС-дневник включён ({names}). Отключить: СТОП.",
        "paused": "СМС-дневник на паузе ({names}). Включить: СТАРТ.",
        "confirmed": "Телефон подтверждён, СМС-дневник включён ({names}). Вопросы: ПОМОЩЬ. Отключить: СТОП.",
        "ask_pause": "Поставить СМС-дневник на паузу ({names})? Ответьте ДА {code}.",
        "ask_start": "Включить СМС-дневник ({names})? Ответьте ДА {code}.",
        "ask_confirm": "Этот номер подписывают на СМС-дневник. Согласны – ответьте ДА {code}. Нет – не отвечайте.",
        "code_wrong": "Код не подошёл или устарел. Напишите команду ещё раз.",
        "code_missing": "Ответьте ДА и код из СМС, например: ДА 1234.",
        "off": "СМС-дневник отключён. Включить: СТАРТ.",
        "nobody": "По этому номеру ничего нельзя сообщить. Обратитесь в школу.",
        "help": "{questions}. Дети: {names}. Так: ДЗ {child}. {changes}.",
        "strange": "Не понято: «{word}».",
        "exactly": "Напишите точно: {word}.",
        "begin": "Нужно «{word}»? Начните СМС с этого слова.",
        "polite": "Это СМС-дневник. Что можно написать: ПОМОЩЬ.",
        "children": "Дети: {names}.",
        "marks": "Оценки",
        "homework": "ДЗ",
        "timetable": "Расписание",
        "averages": "Средний балл",
        "debts": "Долги",
        "none": "нет",
        "not_given": "не задано",
        "no_lessons": "уроков нет",
        "not_by_sms": "подробности – в дневнике",
        "who": "Кто из детей? {names}. Например: {example}.",
        "wrong_day": "Нет такого дня: «{word}». Пишите: 12.10, 12.10-14.10, ЗАВТРА или ДО ПЯТНИЦЫ.",
        "ask_absence": "{names}: отсутствие {days} ({reason}). Сообщить? Ответьте ДА {code}.",
        "absence_sent": "Отправлено в школу: {names}, отсутствие {days} ({reason}). Отозвать: ОТМЕНА.",
        "ask_withdraw": "{names}: отозвать отсутствие {days} ({reason})? Ответьте ДА {code}.",
        "withdrawn": "Отозвано: {names}, отсутствие {days} ({reason}).",
        "nothing_to_withdraw": "Отзывать нечего ({names}): от вас нет сообщений об отсутствии.",
        "week": "Неделя с {day}.",
        "ask_sign": "Подписать неделю? Ответьте ДА {code}.",
        "week_changed": "Неделя изменилась, подпишите заново.",
        "signed": "Неделя с {day} подписана ({names}).",
        "nothing_to_sign": "Подписывать нечего ({names}). Текущую неделю можно подписать с пятницы.",
        "comes": "Записали: {what} – придёте ({names}). Передумаете – ответьте НЕТ.",
        "comes_not": "Записали: {what} – не придёте ({names}). Передумаете – ответьте ДА.",
        "undone": "Хорошо, ничего не изменено.",
    },
    "en": {
        "stopped": "The SMS diary is off. To switch it on: START.",
        "started": "The SMS diary is on ({names}). To switch it off: STOP.",
        "on_already": "The SMS diary is on ({names}). To switch it off: STOP.",
        "paused": "The SMS diary pauses ({names}). To go on: START.",
        "confirmed": "Phone confirmed, the SMS diary is on ({names}). Questions: HELP. To switch it off: STOP.",
        "ask_pause": "Pause the SMS diary ({names})? Reply YES {code}.",
        "ask_start": "Switch the SMS diary on ({names})? Reply YES {code}.",
        "ask_confirm": "This number is being subscribed to the SMS diary. Agreed? Reply YES {code}. Else ignore it.",
        "code_wrong": "The code is wrong or too old. Text the command again.",
        "code_missing": "Reply YES and the code of the SMS, such as: YES 1234.",
        "off": "The SMS diary is off. To switch it on: START.",
        "nobody": "Nothing can be told to this number. Ask the school.",
        "help": "{questions}. Children: {names}. E.g. HW {child}. {changes}.",
        "strange": "Not understood: “{word}”.",
        "exactly": "Write exactly: {word}.",
        "begin": "Did you mean {word}? Begin the text with that word.",
        "polite": "This is the SMS diary. For what to text, write HELP.",
        "children": "Children: {names}.",
        "marks": "Marks",
        "homework": "HW",
        "timetable": "Timetable",
        "averages": "Averages",
        "debts": "Debts",
        "none": "none",
        "not_given": "none",
        "no_lessons": "no lessons",
        "not_by_sms": "see the diary",
        "who": "Which child? {names}. Such as: {example}.",
        "wrong_day": "No such day: “{word}”. Write 12.10, 12.10-14.10, TOMORROW or TILL FRIDAY.",
        "ask_absence": "{names}: absent {days} ({reason}). Send it? Reply YES {code}.",
        "absence_sent": "Sent to the school: {names}, absent {days} ({reason}). To take it back: CANCEL.",
        "ask_withdraw": "{names}: take back the absence of {days} ({reason})? Reply YES {code}.",
        "withdrawn": "Taken back: {names}, absent {days} ({reason}).",
        "nothing_to_withdraw": "Nothing to take back ({names}): you have reported no absence. No more texts: STOP.",
        "week": "Week from {day}.",
        "ask_sign": "Sign the week? Reply YES {code}.",
        "week_changed": "The week has changed, sign it anew.",
        "signed": "The week from {day} is signed ({names}).",
        "nothing_to_sign": "Nothing to sign ({names}). The present week may be signed from Friday on.",
        "comes": "Noted: {what} – you come ({names}). If not, reply NO.",
        "comes_not": "Noted: {what} – you do not come ({names}). If you do, reply YES.",
        "undone": "Fine, nothing was changed.",
    },
}


class Whole(str):
    """A text that is finished: signed, in the family's letters. All other sentences still are to be."""

    __slots__ = ()


LONGEST_ECHO = 15  # signs of what was not understood


def reply(name: str, language: str, **figures: str) -> str:
    """The sentence of that name.

    >>> reply("paused", "en", names="Anna")
    'The SMS diary pauses (Anna). To go on: START.'
    """
    words = REPLIES.get(language, REPLIES["ru"])
    return words[name].format(**figures)


def word_of(command: Command, language: str) -> str:
    """The command as leaflet and help write it.

    >>> word_of(Command.HOMEWORK, "ru"), word_of(Command.STOP, "en")
    ('ДЗ', 'STOP')
    """
    spoken = BY_COMMAND[command]
    return (spoken.en if language == "en" else spoken.ru)[0].upper()


def taught(command: Command, language: str) -> str:
    """The command as the help teaches it: what must be texted in capitals, and the rest of the word that it means.

    >>> taught(Command.MARKS, "ru"), taught(Command.HOMEWORK, "ru"), taught(Command.MARKS, "en")
    ('ОЦенки', 'ДЗ', 'MARKS')
    """
    if language == "en":
        return word_of(command, language)  # whole words as they are
    first, *others = BY_COMMAND[command].ru
    longer = next((word for word in others if word.startswith(first)), first)
    return first.upper() + longer[len(first) :]


def help_text(names: list[str], language: str) -> str:
    """All commands in one text of two parts, with the children by number; in short words where whole ones cost a third.

    >>> help_text(["Анна"], "ru")
    '1 ОЦенки, 2 ДЗ, 3 РАСПисание, 4 СРедний, 5 ДОЛГи, 6 БОЛеет, 7 ПОДПись. Дети: 1 Анна. Так: ДЗ Анна. \
ОТМЕНА/ПАУЗА/СТОП/СТАРТ.'
    """
    whole = _help(names, language, taught)
    return whole if segment_count(whole + SIGNED) <= 2 else _help(names, language, word_of)


def _help(names: list[str], language: str, said: Callable[[Command, str], str]) -> str:
    asked = [f"{one.digit} {said(one.command, language)}" for one in TABLE if one.digit and one.takes]
    replies = (Command.YES, Command.NO)
    further = [one for one in TABLE if one.changes and not one.digit and one.command not in replies]
    changes = [word_of(one.command, language) for one in further]
    return reply(
        "help", language, questions=", ".join(asked), names=numbered(names), child=names[0] if names else "",
        changes="/".join(changes),
    )  # fmt: skip


def numbered(names: list[str]) -> str:
    """The children by the numbers that texts may use: “1 Анна, 2 Глеб”."""
    return ", ".join(f"{place} {name}" for place, name in enumerate(names, start=1))


def echo(word: str) -> str:
    """What was not understood, so short that nobody sends anything by us to themselves."""
    return "".join(sign for sign in word if sign.isprintable())[:LONGEST_ECHO]
