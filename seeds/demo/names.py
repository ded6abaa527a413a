"""Names as people at a Russian school bear them: forms for men and women, patronymics from fathers."""

from random import Random
from typing import NamedTuple

from seeds.demo.data import sections

_WORDS = {heading: words.split() for heading, words in sections("names.txt").items()}
SURNAMES = _WORDS["surnames"]
FATHERS = list(zip(*[iter(_WORDS["fathers"])] * 3, strict=True))  # a name, the patronymics of his son and daughter


class Name(NamedTuple):
    """A full name, as the columns of a person take it."""

    surname: str
    given_name: str
    patronymic: str


def female(surname: str) -> str:
    """The surname as a woman bears it.

    >>> female("Воробьёв"), female("Высоцкий"), female("Левченко")
    ('Воробьёва', 'Высоцкая', 'Левченко')
    """
    if surname.endswith(("ский", "цкий")):
        return surname[:-2] + "ая"
    return surname + "а" if surname.endswith(("ов", "ев", "ёв", "ин")) else surname


def name_of_adult(choose: Random, surname: str, *, is_woman: bool, given_name: str = "") -> Name:
    """A grown-up of the family."""
    _, son, daughter = choose.choice(FATHERS)
    if is_woman:
        return Name(female(surname), given_name or choose.choice(_WORDS["women"]), daughter)
    return Name(surname, given_name or choose.choice(FATHERS)[0], son)


def name_of_child(choose: Random, surname: str, fathers_name: str) -> Name:
    """A daughter or son of the family, with the father's patronymic."""
    _, son, daughter = next(father for father in FATHERS if father[0] == fathers_name)
    if choose.random() < 0.5:
        return Name(female(surname), choose.choice(_WORDS["daughters"]), daughter)
    return Name(surname, choose.choice(_WORDS["sons"]), son)
