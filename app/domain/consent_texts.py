"""The texts of the consent to the SMS diary, by version: one that was agreed to is never changed, the next is added."""

TEXT_VERSION = "2"  # the newest; version 1 was the school's own paper

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
    }
}


def consent_text(language: str, version: str = TEXT_VERSION) -> str:
    """What is agreed to, in the language; Russian where there is no other."""
    said = TEXTS[version]
    return said.get(language, said["ru"])
