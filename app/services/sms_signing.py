"""A week signed by text: its entries are said in one text, and the reply with the code signs just these."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import Conflict, SchoolError
from app.domain.signatures import may_be_signed, seal
from app.domain.sms_commands import Command
from app.domain.sms_detail import as_wished
from app.domain.sms_packer import packed
from app.domain.sms_question import Asked
from app.domain.sms_replies import Whole, reply
from app.domain.sms_words import TextRules, Told
from app.domain.weeks import A_WEEK, monday_of
from app.models import Absence, BehaviourMark, Lesson, Mark, Remark, SmsRequest, WeekSignature
from app.services.facts import tell
from app.services.signatures import parts_of_weeks, sign
from app.services.sms_absence import refusal, who
from app.services.sms_answers import MOST_PARTS
from app.services.sms_family import Child, Family
from app.services.sms_person import as_guardian
from app.services.sms_requests import SIGN, ask

SUNDAY = timedelta(days=6)
WEEKS = 2  # the last ones that may be signed by text
ONE_DAY = "%d.%m"


def ask_signature(session: Session, family: Family, asked: Asked) -> str:
    """What stands in the last week that is not signed, and the code; or that there is nothing to sign."""
    children = [family.heard[place] for place in asked.children] or family.heard
    if len(children) > 1:
        return who(Command.SIGN, family.heard, family.wish.language)
    return _asked(session, family, children[0])


def sign_confirmed(session: Session, family: Family, request: SmsRequest) -> str:
    """Sign what was said; where it has become different meanwhile, it is said anew."""
    language, today = family.wish.language, family.today()
    child = next((one for one in family.heard if one.subscription.id in request.subscription_ids), None)
    if child is None:
        return reply("nobody", language)
    monday = date.fromisoformat(request.what["monday"])
    try:
        with as_guardian(session, child.subscription.guardian_id, today) as own:
            parts = parts_of_weeks(own, [child.id], monday, monday + SUNDAY).get((child.id, monday), {})
            sign(own, child, monday, request.what["seen"], parts, "sms", today)
    except Conflict:
        return _asked(session, family, child, before=reply("week_changed", language))
    except SchoolError as refused:
        return refusal(refused, language)
    return reply("signed", language, day=f"{monday:{ONE_DAY}}", names=child.name)


def _asked(session: Session, family: Family, child: Child, before: str = "") -> str:
    language = family.wish.language
    with as_guardian(session, child.subscription.guardian_id, family.today()) as own:
        monday, parts = _unsigned(own, child, family.today())
        told = _entries(own, child, monday, family.wish.script == "latin") if monday else []
    if monday is None:
        return reply("nothing_to_sign", language, names=child.name)
    what = {"monday": monday.isoformat(), "seen": seal(parts)}
    request = ask(session, family.wish.school_id, family.phone, SIGN, [child.subscription.id], family.now, what)
    wish, question = family.wish, reply("ask_sign", language, code=request.code)
    heading = f"{before} {reply('week', language, day=f'{monday:{ONE_DAY}}')}".strip()
    rules = TextRules(
        language, wish.script, signature=f"{question} {family.school.signature}", heading=heading,
        most_parts=wish.longest_parts or MOST_PARTS,
    )  # fmt: skip
    wished = [one.fact for one in as_wished(told, child.subscription.detail, language)]
    return Whole(packed(wished, rules)[0].body if wished else rules.finished([f"{child.name}."]))


def _unsigned(own: Session, child: Child, today: date) -> tuple[date | None, Mapping[str, str]]:
    """The last week that may be signed, in which something stands that this guardian has not signed."""
    present = monday_of(today)
    last = present if may_be_signed(present, today) else present - A_WEEK
    mondays = [last - A_WEEK * number for number in range(WEEKS)]
    parts = parts_of_weeks(own, [child.id], mondays[-1], last + SUNDAY)
    query = select(WeekSignature.content_hash).where(
        WeekSignature.student_id == child.id, WeekSignature.monday.in_(mondays),
        WeekSignature.guardian_id == child.subscription.guardian_id,
    )  # fmt: skip
    signed = set(own.scalars(query))
    for monday in mondays:
        entries = parts.get((child.id, monday), {})
        if entries and seal(entries) not in signed:
            return monday, entries
    return None, {}


def _entries(own: Session, child: Child, monday: date, in_latin: bool) -> Sequence[Told]:
    """The week as facts, day by day; the same entries that are sealed."""
    queries: dict[str, Any] = {
        "mark": select(Mark)
        .join(Lesson, Lesson.id == Mark.lesson_id)
        .options(joinedload(Mark.lesson).joinedload(Lesson.subject), joinedload(Mark.work_type))
        .where(Mark.student_id == child.id, Mark.given_on.between(monday, monday + SUNDAY))
        .where(Mark.published_at.is_not(None))
        .order_by(Lesson.date, Lesson.period, Mark.id),
        "absence": select(Absence)
        .join(Lesson, Lesson.id == Absence.lesson_id)
        .options(joinedload(Absence.lesson).joinedload(Lesson.subject))
        .where(Absence.student_id == child.id, Absence.missed_on.between(monday, monday + SUNDAY))
        .order_by(Lesson.date, Lesson.period),
        "remark": select(Remark)
        .options(joinedload(Remark.lesson).joinedload(Lesson.subject))
        .where(Remark.student_id == child.id, Remark.given_on.between(monday, monday + SUNDAY))
        .order_by(Remark.given_on, Remark.id),
        "behaviour_mark": select(BehaviourMark).where(
            BehaviourMark.student_id == child.id, BehaviourMark.week == monday
        ),
    }
    return [
        tell(name, record, child.name, in_latin, None)
        for name, query in queries.items()
        for record in own.scalars(query).all()
    ]
