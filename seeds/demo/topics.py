"""What the demo's lessons are about, what is set for home, and what teachers remark."""

from functools import cache
from random import Random

from seeds.demo.data import sections

_TOPICS = sections("topics.txt")  # "матем 6": topics up to grade level 6, in their order

# Subject → (how often homework is set, texts; {n} is a number that rises from lesson to lesson).
HOMEWORK: dict[str, tuple[float, tuple[str, ...]]] = {
    "русск": (0.9, ("Упражнение {n}", "Упр. {n}, повторить правило", "§ {n}, выучить определения")),
    "чтение": (0.8, ("Читать выразительно, с. {n}", "Пересказ, с. {n}", "Выучить стихотворение наизусть")),
    "литер": (0.8, ("Прочитать следующую главу", "Выучить отрывок наизусть", "Ответить на вопросы, с. {n}")),
    "англ": (0.9, ("Упр. {n}, с. {n}", "Выучить слова урока {n}", "Прочитать и перевести текст, с. {n}")),
    "матем": (0.95, ("№ {n}, {n}а", "№ {n}, повторить правило", "Карточка {n}")),
    "алгеб": (0.9, ("№ {n}", "§ {n}, № {n}")),
    "геом": (0.9, ("§ {n}, выучить теорему", "№ {n}")),
    "информ": (0.5, ("§ {n}, вопросы 1–4",)),
    "истор": (0.8, ("§ {n}, пересказ", "§ {n}, выучить даты")),
    "общ": (0.6, ("§ {n}, вопросы и задания",)),
    "геогр": (0.7, ("§ {n}, контурная карта", "§ {n}, вопросы")),
    "биол": (0.7, ("§ {n}, пересказ", "§ {n}, рабочая тетрадь")),
    "физика": (0.8, ("§ {n}, упр. {n}", "Решить задачи {n}, {n}а")),
    "химия": (0.8, ("§ {n}, упр. 1–3", "Закончить уравнения реакций")),
    "окруж": (0.7, ("С. {n}, пересказ", "Подготовить сообщение")),
}

VOLUNTARY = "По желанию: задача повышенной сложности"

PRAISE = ("Активно работает на уроке", "Отличный доклад", "Помогает одноклассникам", "Большой прогресс за неделю")
REMARKS = ("Нет тетради", "Разговаривает на уроке", "Не готов к уроку", "Отвлекается на телефон")
TO_GUARDIANS = ("Прошу зайти в школу на этой неделе", "Проверьте, пожалуйста, домашние задания", "Нет спортивной формы")

COMMENTS = ("Верно, но небрежно", "Хорошо разобрана задача", "Ошибки в вычислениях", "Выучить правило", "Молодец!")


def topic(subject: str, grade_level: int, lesson_number: int) -> str:
    """The topic of a class's n-th lesson in the subject; each topic takes two lessons."""
    topics = _of_grade_level(subject, grade_level)
    return topics[lesson_number // 2 % len(topics)]


@cache
def _of_grade_level(subject: str, grade_level: int) -> tuple[str, ...]:
    fitting = [
        (int(last), written)
        for (name, last), written in ((heading.split(), written) for heading, written in _TOPICS.items())
        if name == subject and grade_level <= int(last)
    ]
    return tuple(min(fitting)[1].split("; "))


def homework(subject: str, lesson_number: int, choose: Random) -> str | None:
    """What is set for home after the lesson; None where nothing is."""
    often, texts = HOMEWORK.get(subject, (0.0, ()))
    if choose.random() >= often:
        return None
    return choose.choice(texts).format(n=lesson_number * 3 + choose.randrange(1, 4) + 20)
