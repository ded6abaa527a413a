"""The large school's frame: a third class beside the demo's two in each grade level, with teachers of its own."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import count

from seeds.demo.classes import Weeks, timetable
from seeds.demo.staff import POSTS, Post

SIZES = tuple(size for triple in ((35, 34, 31), (35, 33, 32), (35, 35, 30)) for size in triple)  # 1,100 in 33 classes


def weeks() -> Weeks:
    """The week of each class; the third of a grade level has that of the first, a day later."""
    found: Weeks = {}
    for name, week in timetable().items():
        found[name] = week
        if name.endswith("Б"):
            first = timetable()[f"{name[:-1]}А"]
            found[f"{name[:-1]}В"] = (*first[-1:], *first[:-1])
    return found


@cache
def posts() -> tuple[Post, ...]:
    """The demo's posts, and for each that teaches a first class one that teaches the third of that grade level."""
    return (*POSTS, *_of_third_classes())


def _of_third_classes() -> Iterator[Post]:
    """A teacher who is nowhere twice with the first classes is so neither with the third ones, a day later."""
    rooms = count(401)
    for post in POSTS:
        groups = [_of_third(group) for group in post.teaches.split(";")]
        teaches = "; ".join(filter(None, groups))
        if teaches:
            leads = f"{post.leads[:-1]}В" if post.leads.endswith("А") else ""
            room = str(next(rooms)) if post.room.isdigit() else ""
            yield replace(post, teaches=teaches, room=room, leads=leads, login="", name=None)


def _of_third(group: str) -> str:
    words = group.split()
    classes = [f"{word[:-1]}В" for word in words if word[0].isdigit() and word.endswith("А")]
    subjects = [word for word in words if not word[0].isdigit()]
    return " ".join((*subjects, *classes)) if classes else ""
