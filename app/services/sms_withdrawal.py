"""An absence reported by mistake, taken back by text: said back first, withdrawn after the confirming reply."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.domain.errors import NotFound, SchoolError
from app.domain.sms_question import Asked
from app.domain.sms_replies import reply
from app.models import AbsenceNotice, SmsRequest
from app.services.absences import ANSWERS_ON_WORD, last_report, may_send, withdraw, withdrawn_from
from app.services.sms_absence import in_words, refusal
from app.services.sms_family import Child, Family
from app.services.sms_person import as_guardian
from app.services.sms_requests import WITHDRAW, ask

Reported = Sequence[tuple[AbsenceNotice, Child]]


def ask_withdrawal(session: Session, family: Family, asked: Asked) -> str:
    """The question whether the last report shall be withdrawn, with the code; or that there is none."""
    language = family.wish.language
    children = [family.heard[place] for place in asked.children] or family.heard
    try:
        reported = _last(session, family, children)
    except SchoolError as refused:
        return refusal(refused, language)
    if not reported:
        return reply("nothing_to_withdraw", language, names=", ".join(child.name for child in children))
    ids = [child.subscription.id for _notice, child in reported]
    what = {"notices": " ".join(str(notice.id) for notice, _child in reported)}
    request = ask(session, family.wish.school_id, family.phone, WITHDRAW, ids, family.now, what)
    return reply("ask_withdraw", language, code=request.code, **_words(reported, family.today(), language))


def withdraw_confirmed(session: Session, family: Family, request: SmsRequest) -> str:
    """Withdraw what was confirmed; the answer."""
    language, today = family.wish.language, family.today()
    asked = {int(key) for key in request.what["notices"].split()}
    try:
        reported = [pair for pair in _last(session, family, family.heard) if pair[0].id in asked]
        if not reported:
            raise NotFound
        said = _words(reported, today, language)
        with session.begin_nested():
            for notice, child in reported:
                with as_guardian(session, child.subscription.guardian_id, today, *ANSWERS_ON_WORD) as own:
                    withdraw(own, notice.id, child.id, today)
    except NotFound:
        return reply("nothing_to_withdraw", language, names=", ".join(child.name for child in family.heard))
    except SchoolError as refused:
        return refusal(refused, language)
    return reply("withdrawn", language, **said)


def _last(session: Session, family: Family, children: Sequence[Child]) -> Reported:
    """The notices of the last report about these children by whom the phone belongs to. Raises NotAllowed."""
    by_guardian: dict[int, dict[int, Child]] = {}
    for child in children:
        by_guardian.setdefault(child.subscription.guardian_id, {})[child.id] = child
    reports: list[Reported] = []
    for guardian_id, mine in by_guardian.items():
        with as_guardian(session, guardian_id, family.today()) as own:
            for child in mine.values():
                may_send(own, child)
            reports.append([(one, mine[one.student_id]) for one in last_report(own, mine, family.today())])
    return max(reports, key=lambda report: max((notice.id for notice, _child in report), default=0), default=())


def _words(reported: Reported, today: date, language: str) -> dict[str, str]:
    first = reported[0][0]
    names = ", ".join(child.name for _notice, child in reported)
    return in_words(withdrawn_from(first, today), first.ends_on, first.reason, first.comment, names, language)
