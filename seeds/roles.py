"""The roles of a school as data: how far each sees, which records it reads and writes, which pages it opens."""

from dataclasses import dataclass

from app.session.actors import ALL, LED, OWN, SCHOOL, TAUGHT


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


STRUCTURE = _names(
    "school academic_year term holiday school_class subgroup subject scale work_type room"
    " bell_schedule bell_period timetable_entry"
)
PEOPLE = _names("student guardian guardianship enrollment staff teaching subgroup_member consent")
JOURNAL = _names("lesson mark absence homework remark term_mark debt behaviour_mark attachment")
OPENED = _names("term_unlock incident")  # terms opened for a time; "it was not me"
NEWS = _names("announcement event")
CONSOLE = _names("console")  # the SMS operator's pages
TEXTS = frozenset({("can_read_text", "sms_message")})  # what the texts say: they tell marks
SHARING = frozenset({("can_share", "saved_view")})  # a saved view of a list for everybody of a role
INVITATIONS = frozenset({("can_write", "invitation")})  # letters with codes for families
DECIDING = frozenset({("can_read", "data_request"), ("can_write", "data_decision")})  # requests about own data
OVERSIGHT = frozenset({("can_read", "rights_history")})  # who changed rights, who sees a child, is the history whole
GRID = frozenset({("can_read", "journal")})  # the class journals as a page
MONEY = _names("sms_tariff sms_budget")
SEES_MONEY = frozenset({("can_read", "sms_money")})  # what texts cost, and what last month would have cost
SMS = _names("sms_subscription sms_message sms_inbound sms_link sms_error mail_message suspended_number")

# Pages of Flask-AppBuilder, and how its guide to the API is called: (permission, view).
OWN_PASSWORD = frozenset({("can_this_form_get", "ResetMyPasswordView"), ("can_this_form_post", "ResetMyPasswordView")})
API_GUIDE = frozenset({("can_get", "OpenApi"), ("can_show", "SwaggerView")})
ACCOUNTS = frozenset(
    (permission, view)
    for permission in ("can_list", "can_show", "can_add", "can_edit", "can_delete")
    for view in ("UserDBModelView", "RoleModelView")
)


ALL_SCHOOLS_ADMINISTRATOR = "administrator of all schools"  # first given on the server: seeds/all_schools.py


@dataclass(frozen=True)
class Role:
    """A role: its name in Flask-AppBuilder, and what it is given once."""

    name: str
    breadths: tuple[str, ...]
    reads: frozenset[str]
    writes: frozenset[str] = frozenset()
    pages: frozenset[tuple[str, str]] = OWN_PASSWORD | API_GUIDE
    further: frozenset[tuple[str, str]] = frozenset()

    @property
    def grants(self) -> frozenset[tuple[str, str]]:
        """(permission, view) for breadths, records and what is further; who writes a record reads it as well."""
        return frozenset(
            self.further
            | {("can_see", breadth) for breadth in self.breadths}
            | {("can_read", record) for record in self.reads | self.writes}
            | {("can_write", record) for record in self.writes}
        )


DECIDES_ABSENCE = frozenset({("can_write", "absence_decision")})  # takes or declines them
CONFIRMS = frozenset({("can_write", "sending_decision")})  # the second person of what goes to many families
_DIARY = _names("student announcement event subject timetable_entry absence_notice reminder") | JOURNAL

ROLES = (
    Role(
        "school administrator",
        (SCHOOL,),
        reads=STRUCTURE | (PEOPLE - {"consent"}) | NEWS,  # no texts: they tell marks
        writes=STRUCTURE | CONSOLE | _names("staff teaching school_setting sms_link sms_error incident") | MONEY,
        pages=OWN_PASSWORD | API_GUIDE | ACCOUNTS,
        further=SHARING | INVITATIONS | OVERSIGHT | SEES_MONEY,
    ),
    Role(
        "head",
        (SCHOOL,),
        reads=STRUCTURE
        | PEOPLE
        | JOURNAL
        | NEWS
        | SMS
        | MONEY
        | _names("school_setting data_request absence_notice week_signature event_answer"),
        writes=NEWS
        | OPENED
        | _names("sms_budget academic_year term holiday school_class timetable_entry lesson staff teaching"),
        further=TEXTS | SHARING | OVERSIGHT | GRID | SEES_MONEY | CONFIRMS,
    ),
    Role(
        "secretary",
        (SCHOOL,),
        reads=STRUCTURE | _names("absence_notice event_answer suspended_number"),
        writes=PEOPLE | NEWS | _names("school_class subgroup subject sms_subscription"),
        further=SHARING | INVITATIONS | DECIDING | DECIDES_ABSENCE | CONFIRMS,
    ),
    Role(
        "health worker",
        (SCHOOL,),
        reads=NEWS | _names("school_class student enrollment absence absence_notice"),
    ),
    Role(
        ALL_SCHOOLS_ADMINISTRATOR,
        (ALL,),
        reads=_names("school"),
        pages=OWN_PASSWORD | API_GUIDE | ACCOUNTS,
        further=OVERSIGHT,
    ),
    Role("authority", (ALL,), reads=_names("school"), pages=OWN_PASSWORD),
    Role(
        "operator",
        (SCHOOL,),
        reads=SMS,
        writes=CONSOLE | MONEY | _names("sms_link sms_error"),
        further=TEXTS | SEES_MONEY,
    ),
    Role(
        "teacher",
        (TAUGHT,),
        reads=STRUCTURE
        | NEWS
        | _names("student enrollment subgroup_member staff teaching behaviour_mark absence_notice"),
        writes=JOURNAL - {"behaviour_mark"},
        further=GRID,
    ),
    Role(
        "class teacher",
        (LED,),
        reads=STRUCTURE
        | JOURNAL
        | PEOPLE
        | _names("sms_subscription absence_notice week_signature reminder event_answer suspended_number"),
        writes=NEWS | _names("remark behaviour_mark attachment"),
        further=INVITATIONS | DECIDING | DECIDES_ABSENCE | GRID,
    ),
    Role(
        "guardian",
        (OWN,),
        reads=_DIARY | _names("guardian guardianship"),
        writes=_names("sms_subscription data_request week_signature absence_notice event_answer attachment"),
        pages=OWN_PASSWORD,
    ),
    Role("student", (OWN,), reads=_DIARY, pages=OWN_PASSWORD),
)
