"""Who acts: a person with the keys of what they see, or a named part of the system."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

OWN = "breadth.own"
TAUGHT = "breadth.classes_i_teach"
LED = "breadth.my_class"
SCHOOL = "breadth.my_school"
ALL = "breadth.all_schools"
BREADTHS = (OWN, TAUGHT, LED, SCHOOL, ALL)


@dataclass(frozen=True, eq=False)
class Actor:
    """Keys of what somebody sees and is; loaded once a request (app/session/keys.py), the same for its life."""

    name: str
    user_id: int | None = None
    texting_id: int | None = None  # the guardian who acts by SMS, with an account or without
    pseudonym: str = ""
    is_system: bool = False
    silent: bool = False  # makes no notices: seeds and imports
    system_writes: frozenset[str] = frozenset()  # tables that a part of the system may write
    permissions: frozenset[tuple[str, str]] = frozenset()
    school_ids: frozenset[int] = frozenset()  # schools that the person belongs to
    whole_school_ids: frozenset[int] = frozenset()  # schools that are seen whole
    sees_all_schools: bool = False
    student_ids: frozenset[int] = frozenset()
    class_ids: frozenset[int] = frozenset()
    guardian_ids: frozenset[int] = frozenset()
    staff_ids: frozenset[int] = frozenset()
    own_student_ids: frozenset[int] = frozenset()  # the person is this student
    own_guardian_ids: frozenset[int] = frozenset()
    child_ids: frozenset[int] = frozenset()
    family_only_ids: frozenset[int] = frozenset()  # own children or oneself, seen as family and not by a post
    family_class_ids: frozenset[int] = frozenset()  # classes seen as family and not by a post
    family_group_ids: frozenset[int] = frozenset()  # subgroups of the own children, or one's own
    led_class_ids: frozenset[int] = frozenset()
    teachings: frozenset[tuple[int, int, int | None]] = frozenset()  # class, subject, subgroup
    correcting: dict[int, tuple[str, str]] = field(default_factory=dict)  # own school → free_edit_days, time zone
    staff_of_school: dict[int, int] = field(default_factory=dict)  # school → the person's staff row

    def may(self, permission: str, view: str) -> bool:
        """Whether the person's roles grant the permission (`can_read`, `can_write`) on a record or page."""
        return self.is_system or (permission, view) in self.permissions

    def teaches(self, lesson: Any) -> bool:
        """Whether the lesson is the person's own: as its teacher, or by what they teach that class."""
        if lesson is None:
            return False
        if lesson.teacher_id in self.staff_ids:
            return True
        return any(
            (lesson.school_class_id, lesson.subject_id, group) in self.teachings for group in {None, lesson.subgroup_id}
        )

    def leads(self, school_class_id: int | None) -> bool:
        """Whether the person is the class's teacher (or sees the class with the whole school by a post)."""
        return school_class_id in self.led_class_ids

    def runs(self, school_id: int | None) -> bool:
        """Whether the person's breadth is this whole school."""
        return self.sees_all_schools or school_id in self.whole_school_ids

    @property
    def family_ids(self) -> frozenset[int]:
        """The own children, and oneself where the person is a student."""
        return self.child_ids | self.own_student_ids

    @cached_property
    def home_school_id(self) -> int | None:
        """The school of what the person adds where the record names none; None where there is no single one."""
        schools = self.whole_school_ids or self.school_ids
        return next(iter(schools)) if len(schools) == 1 else None


def system(name: str, *writes: str, silent: bool = False) -> Actor:
    """A named part of the system: sees every row, writes the tables named and no others ("*": all)."""
    return Actor(
        name=f"system:{name}",
        pseudonym=f"system:{name}",
        is_system=True,
        silent=silent,
        sees_all_schools=True,
        system_writes=frozenset(writes),
    )


def on_word_of(actor: Actor, *writes: str) -> Actor:
    """A part of the system that does what this person has decided, where their own roles do not write the tables named.

    Whoever calls it has asked whether the person may decide; the history names the person.
    """
    return Actor(
        name=actor.name,
        user_id=actor.user_id,
        texting_id=actor.texting_id,
        pseudonym=actor.pseudonym,
        is_system=True,
        sees_all_schools=True,
        system_writes=frozenset(writes),
    )


SEEDER = system("seeds", "*", silent=True)
COMPOSER = system("composer", "notice", "sms_delivery", "sms_message", "mail_message")
INBOX = system("inbox", "sms_inbound", "sms_message", "sms_subscription", "sms_request", "consent")
MAILER = system("mailer", "mail_message")
ONBOARDING = system(
    "onboarding", "invitation", "account_contact", "account_token", "one_time_password", "guardian", "student"
)
DEBT_KEEPER = system("debts", "debt")
ABSENCE_KEEPER = system("absence notices", "absence", "absence_notice")
REMINDER = system("reminders", "reminder")
PUBLISHER = system("publisher", "lesson", "mark")
AUDITOR = system("auditor", "chain_check", "incident", silent=True)
NUMBER_KEEPER = system("numbers", "suspended_number", silent=True)
TIDIER = system("tidier")
READER = system("reader of mails", "mail_message")
WATCHER = system("watch", "sms_alarm", "sms_link", "mail_message")
