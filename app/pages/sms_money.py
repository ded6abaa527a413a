"""What a school's texts cost: this month beside its budgets, a report to take away, last month under other settings."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, send_file

from app.domain.errors import InvalidInput
from app.domain.sms_detail import DETAILS
from app.domain.sms_money import month_before, month_of
from app.models import School
from app.records.sms import DETAILS as DETAIL_WORDS
from app.services.money import MAY_SEE, overview, schools_of_person
from app.services.money_files import names_of, report_pdf, report_xlsx
from app.services.money_replay import REPLAYER, Changed, replay, whole
from app.services.money_report import MOST_MONTHS, Report, Row, report
from app.services.settings import SchoolRules, rules_of
from app.session.engine import actor_of, transaction
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence
from app.words.money import money, month_words
from app.words.sms_kinds import KIND_WORDS

pages = Blueprint("sms_money", __name__)

HERE = "/sms-money/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONTHS_BACK = 24
LONGEST = (1, 2, 3)
SCRIPTS = {"cyrillic": _("Cyrillic letters"), "latin": _("Latin letters (shorter bill)")}
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


class Place:
    """The school that is looked at, of those that the person sees whole, with its rules and currency."""

    def __init__(self) -> None:
        session = resources().db()
        self.schools: Sequence[School] = schools_of_person(session)
        asked = request.args.get("school", "")
        found = [one for one in self.schools if str(one.id) == asked] if asked else list(self.schools[:1])
        if not found:
            abort(404)
        self.school = found[0]
        self.rules: SchoolRules = rules_of(session, {self.school.id})[self.school.id]
        self.now = datetime.now(UTC)
        self.today = self.rules.today(self.now)
        self.currency = self.rules.word("currency")

    def shown(self, template: str, **told: Any) -> str:
        """One of our templates with what all of them need."""
        actor = actor_of(resources().db())
        return render_template(
            f"sms_money/{template}", place=self, money=partial(money, currency=self.currency), month_words=month_words,
            KINDS=KIND_WORDS, may_plan=actor.may("can_write", "sms_budget"),
            may_price=actor.may("can_write", "sms_tariff"), **told,
        )  # fmt: skip

    def months(self) -> list[date]:
        """This month and those before it, the newest first."""
        found = [month_of(self.today)]
        while len(found) < MONTHS_BACK:
            found.append(month_before(found[-1]))
        return found


@pages.get(HERE)
@permitted(*MAY_SEE)
def index() -> str:
    """The month that runs: spent, budgeted, foreseen, held."""
    place = Place()
    told = overview(resources().db(), place.school.id, place.rules, place.now)
    return place.shown("overview.html", told=told)


@pages.get("/sms-money/report")
@permitted(*MAY_SEE)
def show_report() -> Any:
    """By month, class, kind and link."""
    place = Place()
    try:
        told, wrong = _report(place), None
    except InvalidInput as problem:
        this = month_of(place.today)
        told, wrong = Report(this, this, ()), problem
    sums = [told.by(partial(_name, place=at)) for at in range(4)]
    shown = place.shown(
        "report.html", told=told, names_of=names_of, by=sums, wrong=sentence(wrong) if wrong else "",
        wrong_at=wrong.field if wrong else "",
    )  # fmt: skip
    return shown, 422 if wrong else 200


def _name(row: Row, place: int) -> str:
    return names_of(row)[place]


@pages.get("/sms-money/report.xlsx")
@permitted(*MAY_SEE)
def workbook() -> Response:
    place = Place()
    told = _report_or_404(place)
    return _file(report_xlsx(told, place.currency), XLSX, told, "xlsx")


@pages.get("/sms-money/report.pdf")
@permitted(*MAY_SEE)
def paper() -> Response:
    place = Place()
    told = _report_or_404(place)
    return _file(report_pdf(told, place.school.name, place.currency), "application/pdf", told, "pdf")


@pages.get("/sms-money/replay")
@permitted(*MAY_SEE)
def show_replay() -> Any:
    """A form, and what the month would have cost under what it says."""
    place = Place()
    typed = {name: request.args.get(name, "") for name in ("month", "script", "detail", "longest", "when")}
    typed["month"] = typed["month"] or f"{month_before(place.today):%Y-%m}"
    told, wrong = None, None
    try:
        month, changed = _month(typed["month"], "month", place), _changed(typed)
        if "when" in request.args:
            with transaction(resources().engine, REPLAYER) as session:
                told = replay(session, place.school.id, place.rules, month, place.today, changed)
    except InvalidInput as problem:
        wrong = problem
    shown = place.shown(
        "replay.html", told=told, whole=whole, typed=typed, scripts=SCRIPTS, details=DETAIL_WORDS, lengths=LONGEST,
        wrong=sentence(wrong) if wrong else "", wrong_at=wrong.field if wrong else "",
    )  # fmt: skip
    return shown, 422 if wrong else 200


def _changed(typed: dict[str, str]) -> Changed:
    """Raises InvalidInput on what is none of the choices."""
    allowed = {
        "script": ("", *SCRIPTS),
        "detail": ("", *DETAILS),
        "longest": ("", *map(str, LONGEST)),
        "when": ("", "digest"),
    }
    for name, choices in allowed.items():
        if typed[name] not in choices:
            raise InvalidInput(name, "choice", allowed=", ".join(filter(None, choices)))
    longest = int(typed["longest"]) if typed["longest"] else None
    return Changed(typed["script"] or None, typed["detail"] or None, longest, typed["when"] != "digest")


def _month(written: str, name: str, place: Place) -> date:
    """Raises InvalidInput on what is no month, or one to come."""
    if _MONTH.fullmatch(written) and date.fromisoformat(f"{written}-01") <= place.today:
        return date.fromisoformat(f"{written}-01")
    raise InvalidInput(name, "money.month", newest=f"{place.today:%Y-%m}")


def _report(place: Place) -> Report:
    this = f"{place.today:%Y-%m}"
    first = _month(request.args.get("from") or request.args.get("to") or this, "from", place)
    last = _month(request.args.get("to") or request.args.get("from") or this, "to", place)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if not 1 <= months <= MOST_MONTHS:
        raise InvalidInput("to", "money.months", most=MOST_MONTHS)
    return report(resources().db(), place.school.id, place.rules, first, last)


def _report_or_404(place: Place) -> Report:
    try:
        return _report(place)
    except InvalidInput:
        abort(404)


def _file(content: bytes, kind: str, told: Report, ending: str) -> Response:
    name = str(_("Cost of texts")).lower()
    period = f"{told.first:%Y-%m}" if told.first == told.last else f"{told.first:%Y-%m} {told.last:%Y-%m}"
    return send_file(BytesIO(content), kind, as_attachment=True, download_name=f"{name} {period}.{ending}", max_age=0)
