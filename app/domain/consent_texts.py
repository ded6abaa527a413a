"""The texts of the consent to the SMS diary, by version: one that was agreed to is never changed, the next is added."""

TEXT_VERSION = "3"  # the newest; version 1 was the school's own paper

TEXTS: dict[str, dict[str, str]] = {
    "2": {
        "ru": (
            "Я согласен(на) получать на этот номер СМС-сообщения школы об учёбе названных детей: оценки, пропуски, "
            "замечания, домашние задания и объявления, в выбранном мной объёме, и ответы на мои СМС-вопросы. Рекламы в "
            "сообщениях нет. Отказаться можно в любой момент: ответить СТОП, выключить СМС-дневник на сайте или "
            "сказать в школе."
        ),
        "en": (
            "I agree that the school sends SMS to this number about the named children at school: marks, absences, "
            "remarks, homework and announcements, as far as I have chosen, and answers to what I text. There is no "
            "advertising. I may withdraw at any time: by answering STOP, by switching the SMS diary off on the site, "
            "or by telling the school."
        ),
    },
    "3": {
        "ru": (
            "Я согласен(на) получать на этот номер СМС-сообщения школы об учёбе названных детей: отметки, пропуски, "
            "замечания, долги, итоги, домашние задания, изменения в расписании, объявления, приглашения на собрания и "
            "напоминания – в выбранном мной объёме, и ответы на мои СМС-вопросы; если я это выберу, то же – письмом по "
            "адресу, который подтверждён в моей учётной записи или указан мной в школе. Номер и текст получает "
            "оператор связи, чтобы доставить сообщение. Рекламы в сообщениях нет. Отказаться можно в любой момент: "
            "ответить СТОП, выключить СМС-дневник на сайте или сказать в школе."
        ),
        "en": (
            "I agree that the school sends SMS to this number about the named children at school: marks, absences, "
            "remarks, debts, results, homework, changes of the timetable, announcements, invitations to meetings and "
            "reminders, as far as I have chosen, and answers to what I text; where I choose so, the same by e-mail to "
            "the address that my account has confirmed or that I gave the school. The mobile operator gets number and "
            "text in order to deliver them. There is no advertising. I may withdraw at any time: by answering STOP, by "
            "switching the SMS diary off on the site, or by telling the school."
        ),
    },
}

#: Beside it on the same paper, ticked by itself: it goes on when the SMS diary is stopped.
URGENT_TEXT = {
    "ru": (
        "Я согласен(на) получать на этот номер также срочные сообщения школы (отмена уроков, опасность), в любое время "
        "и без подписки на СМС-дневник. Отозвать это согласие можно в школе."
    ),
    "en": (
        "I agree that the school sends urgent news (lessons cancelled, danger) to this number too, at any hour and "
        "without a subscription to the SMS diary. This consent is withdrawn at the school."
    ),
}


def urgent_text(language: str) -> str:
    """What is agreed to with urgent news."""
    return URGENT_TEXT.get(language, URGENT_TEXT["ru"])


def consent_text(language: str, version: str = TEXT_VERSION) -> str:
    """What is agreed to, in the language; Russian where there is no other. KeyError for a version that is none."""
    said = TEXTS[version]
    return said.get(language, said["ru"])
