"""Who is who in the world of the matrix, told once in plain words; and the oracle: what each of them must see.

The oracle knows relations (who guards whom, who teaches and leads which class, who is of which school) and what each
table is about. It shares nothing with the row rule of the application, so that the two may contradict each other.
"""

from dataclasses import dataclass

from seeds.roles import ROLES

FIRST, SECOND = "first school", "second school"
CLASS_OF = {"anna": "5А", "gleb": "5А", "boris": "5Б", "lev": "5В", "vera": "4А", "zoya": "9А"}
LEFT = {"vera"}  # were in their class last year and are in none now
WAS_IN = {"anna": {"5А", "5Б"}}  # Anna came from 5Б in October
GUARDIAN_OF = {
    "anna": "mother", "lev": "mother", "gleb": "barred", "boris": "father", "vera": "granny", "zoya": "stranger",
}  # fmt: skip

#: What a table is about, where its columns do not say it.
ABOUT = {
    "staff": "school",
    "teaching": "school",
    "term_unlock": "school",
    "incident": "office",
    "absence_notice": "student",  # who sent it stands in it
    "sms_message": "office",
    "mail_message": "office",
    "sms_inbound": "office",
    "sms_link": "office",
    "sms_error": "office",
    "sms_tariff": "office",
    "sms_budget": "office",
    "announcement": "class or school",
    "event": "class or school",
}


@dataclass(frozen=True)
class Row:
    """One row of the world and whose it is. Its id stands nowhere else, and is written into its texts too."""

    table: str
    id: int
    whose: str  # own, sibling, same class, other class, last year, other school, …
    school: str
    school_class: str = ""
    student: str = ""
    guardian: str = ""
    only_guardians: bool = False
    unpublished: bool = False
    named: str = ""  # homework for this student alone

    @property
    def about(self) -> str:
        """school, office, class, class or school, student, guardian, family."""
        if self.table in ABOUT:
            return ABOUT[self.table]
        if self.student and self.guardian:
            return "family"
        for kind in ("student", "guardian"):
            if getattr(self, kind):
                return kind
        return "class" if self.school_class else "school"


@dataclass(frozen=True)
class Person:
    """Somebody at the door."""

    login: str
    role: str
    school: str = FIRST
    breadths: frozenset[str] = frozenset()
    teaches: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    guards: frozenset[str] = frozenset()
    is_student: str = ""
    is_guardian: str = ""
    grants: frozenset[tuple[str, str]] = frozenset()

    def may(self, permission: str, record: str) -> bool:
        return (permission, record) in self.grants

    @property
    def students(self) -> set[str]:
        own = (self.guards | {self.is_student} - {""}) if "own" in self.breadths else set()
        return set(own) | {name for name in CLASS_OF if name not in LEFT and CLASS_OF[name] in self._works_in}

    @property
    def classes(self) -> set[str]:
        own = (self.guards | {self.is_student} - {""}) if "own" in self.breadths else set()
        return {each for name in own for each in WAS_IN.get(name, {CLASS_OF[name]})} | self._works_in

    @property
    def guardians(self) -> set[str]:
        leads = self.leads if "my_class" in self.breadths else set()
        led = {GUARDIAN_OF[name] for name in CLASS_OF if name not in LEFT and CLASS_OF[name] in leads}
        return led | ({self.is_guardian} - {""} if "own" in self.breadths else set())

    @property
    def _works_in(self) -> set[str]:
        taught = self.teaches if "classes_i_teach" in self.breadths else frozenset()
        return set(taught | (self.leads if "my_class" in self.breadths else frozenset()))

    def sees(self, row: Row) -> bool:
        """Whether the row is theirs to see, whatever they may open."""
        if "all_schools" in self.breadths:
            return True
        belongs = self.school == row.school
        whole = belongs and "my_school" in self.breadths
        if row.only_guardians and row.student == self.is_student:
            return False
        if row.unpublished and not whole and CLASS_OF[row.student] not in self._works_in:
            return False
        if row.named and not whole and row.school_class not in self._works_in:
            return row.named in self.guards | {self.is_student}
        if whole or row.about == "office":
            return whole
        return {
            "school": belongs,
            "class": row.school_class in self.classes,
            "class or school": row.school_class in self.classes or (belongs and not row.school_class),
            "student": row.student in self.students,
            "guardian": row.guardian in self.guardians,
            "family": row.student in self.students and row.guardian in self.guardians,
        }[row.about]

    def is_told(self, row: Row) -> bool:
        """Whether the row is no secret to them: theirs, or where a student whom they see was before."""
        if self.sees(row):
            return True
        if row.table == "school_class" and row.school == self.school and self.may("can_read", "teaching"):
            return True  # its name, for who teaches what is no secret among staff
        before = {each for name in self.students for each in WAS_IN.get(name, ())}
        return row.table in ("lesson", "school_class") and row.school_class in before


def _person(login: str, role: str, **more: object) -> Person:
    given = next((each for each in ROLES if each.name == role), None)
    grants = (given.grants | given.pages) if given is not None else MADE_UP.get(role, frozenset())
    breadths = frozenset(view.removeprefix("breadth.") for permission, view in grants if permission == "can_see")
    return Person(login, role, grants=frozenset(grants), breadths=breadths, **more)  # type: ignore[arg-type]


#: Roles that no seed knows, made up on the spot.
MADE_UP = {
    "curator": frozenset(
        {("can_see", "breadth.own"), ("can_see", "breadth.classes_i_teach")}
        | {("can_read", name) for name in ("student", "lesson", "mark", "guardianship", "school_class")}
        | {("can_write", "mark")}
    ),
    "nothing at all": frozenset(),
}

PEOPLE = (
    _person("admin", "school administrator"),
    _person("head", "head"),
    _person("secretary", "secretary"),
    _person("health", "health worker"),
    _person("authority", "authority", school=""),
    _person("operator", "operator"),
    _person("teacher", "teacher", teaches=frozenset({"5А"})),
    _person("class_teacher", "class teacher", leads=frozenset({"5А"})),
    _person("mother", "guardian", guards=frozenset({"anna", "lev"}), is_guardian="mother"),
    _person("barred", "guardian", is_guardian="barred"),
    _person("anna", "student", is_student="anna"),
    _person("curator", "curator", teaches=frozenset({"5В"}), guards=frozenset({"boris"}), is_guardian="father"),
    _person("nobody", "nothing at all"),
)
STAFF = ("admin", "head", "secretary", "health", "operator", "teacher", "class_teacher", "curator", "nobody")
