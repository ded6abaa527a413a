"""The demo's forty-five members of staff: who they are, what they teach to whom, where, and which class they lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy.orm import Session

from app.models import Room, Staff
from seeds.demo.laying import lay
from seeds.demo.names import SURNAMES, Name, name_of_adult

SENIOR = "5А 5Б 6А 6Б 7А 7Б 8А 8Б 9А 9Б 10А 10Б 11А 11Б"
PRIMARY = "1А 1Б 2А 2Б 3А 3Б 4А 4Б"
OF_PRIMARY = "русск чтение матем окруж изо труд"


@dataclass(frozen=True)
class Post:
    """A member of staff: the account's name where there is one, and the place in the school."""

    position: str
    teaches: str = ""  # "русск литер 5А 6А": subjects and classes; groups of them by semicolons
    room: str = ""
    leads: str = ""  # the class
    login: str = ""
    name: Name | None = None  # else one is drawn
    is_woman: bool = True

    @property
    def lessons(self) -> list[tuple[str, str]]:
        """(class, subject) for all that is taught."""
        pairs = []
        for group in filter(None, self.teaches.split(";")):
            classes = [word for word in group.split() if word[0].isdigit()]
            subjects = [word for word in group.split() if not word[0].isdigit()]
            pairs += [(name, subject) for name in classes for subject in subjects]
        return pairs


POSTS = (
    Post("директор", login="head", name=Name("Громов", "Виктор", "Андреевич")),
    Post("секретарь", login="secretary", name=Name("Белова", "Ольга", "Юрьевна")),
    Post("медицинская сестра", login="health", name=Name("Зайцева", "Тамара", "Николаевна")),
    Post("системный администратор", login="admin", name=Name("Титов", "Артём", "Олегович")),
    Post("оператор связи", login="operator", name=Name("Лапина", "Юлия", "Сергеевна")),
    Post("заместитель директора по учебной работе"),
    *(
        Post("учитель начальных классов", f"{OF_PRIMARY} {name}", f"1{number:02}", name)
        for number, name in enumerate(PRIMARY.split(), start=1)
    ),
    Post("учитель английского языка", "англ 2А 2Б 3А 3Б 4А 4Б", "109"),
    Post("учитель физкультуры", f"физра {PRIMARY}", "Малый спортзал", is_woman=False),
    Post("учитель музыки", f"музыка {PRIMARY} 5А 5Б 6А 6Б 7А 7Б", "110"),
    Post(
        "учитель русского языка и литературы",
        "русск литер 5А 6А",
        "201",
        "5А",
        login="classteacher",
        name=Name("Морозова", "Ирина", "Алексеевна"),
    ),
    Post("учитель русского языка и литературы", "русск литер 5Б 6Б", "202", "5Б"),
    Post("учитель русского языка и литературы", "русск литер 7А 7Б 8А", "203", "7А"),
    Post("учитель русского языка и литературы", "русск литер 8Б 9А 9Б", "204", "8Б"),
    Post("учитель русского языка и литературы", "русск литер 10А 10Б 11А 11Б", "205", "10А"),
    Post("учитель математики", "матем 5А 5Б 7А", "206", login="teacher", name=Name("Орлова", "Наталья", "Павловна")),
    Post("учитель математики", "матем 6А 6Б 7Б", "207", "6А"),
    Post("учитель математики", "матем 8А 8Б 9А", "208", "8А", is_woman=False),
    Post("учитель математики", "матем 9Б; алгеб геом 10А 10Б", "209"),
    Post("учитель математики", "алгеб геом 11А 11Б", "210", "11А"),
    Post("учитель английского языка", "англ 5А 5Б 6А 6Б 7А 10А", "211"),
    Post("учитель английского языка", "англ 5А 5Б 6А 6Б 7А 10Б", "212", "6Б"),
    Post("учитель английского языка", "англ 7Б 8А 8Б 9А 9Б 11А", "213"),
    Post("учитель английского языка", "англ 7Б 8А 8Б 9А 9Б 11Б", "214"),
    Post("учитель истории и обществознания", "истор общ 5А 5Б 6А 6Б 7А", "301"),
    Post("учитель истории и обществознания", "истор общ 7Б 8А 8Б 9А 9Б", "302", "7Б", is_woman=False),
    Post("учитель истории и обществознания", "истор общ 10А 10Б 11А 11Б", "303"),
    Post("учитель географии", f"геогр {SENIOR}", "304", "9А"),
    Post("учитель биологии", f"биол {SENIOR}", "305", "9Б"),
    Post("учитель физики", "физика 7А 7Б 8А 8Б 9А 9Б", "306", is_woman=False),
    Post("учитель физики", "физика 10А 10Б 11А 11Б", "307", "10Б", is_woman=False),
    Post("учитель химии", "химия 8А 8Б 9А 9Б 10А 10Б 11А 11Б", "308", "11Б"),
    Post("учитель информатики", f"информ {SENIOR}", "309", is_woman=False),
    Post("учитель изобразительного искусства", "изо 5А 5Б 6А 6Б 7А 7Б", "111"),
    Post("учитель труда", "труд 5А 5Б 6А 6Б 7А 7Б 8А 8Б", "Мастерская", is_woman=False),
    Post("учитель физкультуры", "физра 5А 6А 7А 8А 9А 10А 11А", "Спортзал", is_woman=False),
    Post("учитель физкультуры", "физра 5Б 6Б 7Б 8Б 9Б 10Б 11Б", "Стадион"),
    Post("учитель ОБЗР", "обзр 8А 8Б 9А 9Б 10А 10Б 11А 11Б", "112", is_woman=False),
)


@dataclass(frozen=True)
class Member:
    """A post that is filled."""

    post: Post
    staff: Staff
    room: Room | None


def lay_staff(
    session: Session, school_id: int, accounts: Mapping[str, int], choose: Random, posts: Sequence[Post] = POSTS
) -> tuple[Member, ...]:
    """Fill every post; the account of a login is the person's."""
    rooms = {post.room: Room(school_id=school_id, name=post.room, seats=30) for post in posts if post.room}
    rooms["Актовый зал"] = Room(school_id=school_id, name="Актовый зал", seats=200)
    surnames = choose.sample(SURNAMES, len(posts))
    staff = []
    for number, (post, surname) in enumerate(zip(posts, surnames, strict=True), start=1):
        name = post.name or name_of_adult(choose, surname, is_woman=post.is_woman)
        staff.append(
            Staff(
                school_id=school_id,
                **name._asdict(),
                position=post.position,
                phone=f"+7999{9000000 + number}",
                user_id=accounts.get(post.login),
            )
        )
    lay(session, [*rooms.values(), *staff])
    return tuple(Member(post, person, rooms.get(post.room)) for post, person in zip(posts, staff, strict=True))
