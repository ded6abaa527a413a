"""Pages made by hand, where people do not think in rows."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder

from app.pages import (
    absences,
    access,
    behaviour,
    chain,
    contacts,
    data_requests,
    debts,
    diary,
    diary_offline,
    diary_signing,
    figures,
    files,
    filling,
    finder,
    health,
    homework,
    homework_of_child,
    imports,
    invitations,
    join,
    journal,
    journal_changes,
    journal_debts,
    journal_saving,
    journal_terms,
    lock,
    mail_reading,
    meetings,
    own_data,
    phones,
    progress,
    reader,
    recover,
    second_factor,
    sending,
    sending_live,
    sessions,
    sign_in,
    sms_desk,
    sms_diary,
    sms_money,
    sms_numbers,
    staff_accounts,
    start,
    summary,
    term_marks,
    unlocks,
)
from app.pages.accounts import AccountPages
from app.pages.password import PasswordPage
from app.pages.roles import RolePages
from app.records.announcements import NEWS
from app.records.files import OWNERS
from app.records.journal_words import JOURNAL
from app.records.people import PEOPLE
from app.records.sms import SMS
from app.services.behaviour import MAY as MAY_SEE_BEHAVIOUR
from app.services.data_requests import MAY_DECIDE
from app.services.invitations import MAY_INVITE
from app.services.journal_list import MAY_OPEN
from app.services.money import MAY_SEE as MAY_SEE_MONEY
from app.services.numbers import MAY_SEE
from app.services.sending import MAY_WRITE
from app.services.subscribing import MAY_RECORD, MAY_SUBSCRIBE
from app.services.unlocking import MAY_UNLOCK
from app.session.actors import Actor
from app.web.family import own_ids
from app.web.resources import resources
from app.web.rights import MAY_OVERSEE
from app.web.shell import Entry, Tab, add_entry, add_tab
from app.words import Word, _

BLUEPRINTS = (
    access.pages,
    staff_accounts.pages,
    start.pages,
    sign_in.pages,
    lock.pages,
    sessions.pages,
    second_factor.pages,
    invitations.pages,
    join.pages,
    contacts.pages,
    recover.pages,
    own_data.pages,
    data_requests.pages,
    diary.pages,
    diary_signing.pages,
    diary_offline.pages,
    absences.pages,
    meetings.pages,
    homework_of_child.pages,
    figures.pages,
    reader.pages,
    health.pages,
    phones.pages,
    finder.pages,
    imports.pages,
    journal.pages,
    journal_debts.pages,
    journal_saving.pages,
    journal_terms.pages,
    journal_changes.pages,
    unlocks.pages,
    term_marks.pages,
    summary.pages,
    debts.pages,
    filling.pages,
    homework.pages,
    files.pages,
    behaviour.pages,
    chain.pages,
    progress.pages,
    sms_diary.pages,
    sms_desk.pages,
    mail_reading.pages,
    sms_numbers.pages,
    sending.pages,
    sending_live.pages,
    sms_money.pages,
)


def _leads_a_class(actor: Actor) -> bool:
    return bool(actor.led_class_ids or actor.whole_school_ids)


def _brings_files(record: str, actor: Actor, pk: int) -> bool:
    return actor.may("can_write", "attachment") and actor.may("can_write", record)


def _has_own(actor: Actor) -> bool:
    return bool(own_ids(actor))


def _has_children(actor: Actor) -> bool:
    return bool(actor.child_ids)


_MARKS: tuple[tuple[Word, Callable[[], str], tuple[str, str], dict[str, Any]], ...] = (
    (_("Give term marks"), lambda: term_marks.HERE, term_marks.MAY, {}),
    (_("Summary sheets"), lambda: summary.HERE, summary.MAY, {"is_for": _leads_a_class}),
    (_("Behaviour by weeks"), lambda: "/behaviour/", MAY_SEE_BEHAVIOUR, {"is_for": _leads_a_class}),
    (_("Open debts"), lambda: debts.HERE, debts.MAY, {"replaces": "debt"}),
    (_("Progress in subjects"), lambda: progress.HERE, progress.MAY, {"is_for": _has_own}),
    (_("Absence notices"), lambda: absences.ANSWERING, absences.MAY, {}),
    (
        _("Signatures of weeks"),
        lambda: diary_signing.SIGNATURES,
        diary_signing.MAY,
        {"is_for": _leads_a_class, "replaces": "week_signature"},
    ),
    (_("Filling"), lambda: filling.HERE, filling.MAY, {}),
    (_("Changes today"), lambda: journal_changes.HERE, journal_changes.MAY, {}),
    (_("The journal’s history"), lambda: "/chain/", MAY_OVERSEE, {}),
    (_("Open a closed term"), lambda: unlocks.HERE, MAY_UNLOCK, {"replaces": "term_unlock"}),
)


def install(app: Flask, appbuilder: AppBuilder) -> None:
    """Register the pages, and their lines in the menu."""
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for view in (AccountPages, RolePages, PasswordPage):
        appbuilder.add_view_no_menu(view)
    add_entry(app, JOURNAL, Entry(_("Diary"), lambda: diary.HERE, "lesson", is_for=lambda actor: bool(own_ids(actor))))
    add_entry(app, JOURNAL, Entry(_("Class journals"), lambda: "/journal/", MAY_OPEN[1], MAY_OPEN[0]))
    add_entry(app, _("People"), Entry(_("Imports"), lambda: "/imports", "student", "can_write"))
    add_entry(app, PEOPLE, Entry(_("Invitations"), lambda: invitations.HERE, MAY_INVITE[1], MAY_INVITE[0]))
    for title, page, may, more in _MARKS:
        add_entry(app, JOURNAL, Entry(title, page, may[1], may[0], **more))
    decide = Entry(_("Requests of families"), lambda: data_requests.HERE, MAY_DECIDE[1], MAY_DECIDE[0])
    add_entry(app, PEOPLE, decide)
    mine = Entry(_("My SMS diary"), lambda: sms_diary.HERE, MAY_SUBSCRIBE[1], MAY_SUBSCRIBE[0], is_for=_has_children)
    add_entry(app, SMS, mine)
    add_entry(app, SMS, Entry(_("SMS diary at the desk"), lambda: sms_desk.HERE, MAY_RECORD[1], MAY_RECORD[0]))
    add_entry(app, NEWS, Entry(_("Send news"), lambda: sending.HERE, MAY_WRITE[1], MAY_WRITE[0]))
    silent = Entry(
        _("Numbers that do not answer"), lambda: sms_numbers.HERE, MAY_SEE[1], MAY_SEE[0], replaces=MAY_SEE[1]
    )
    add_entry(app, SMS, silent)
    add_tab(app, Tab("announcement", _("By class"), "/sending/{}/reached".format, sending.is_for_tab))
    money = Entry(_("Cost of texts"), lambda: sms_money.HERE, MAY_SEE_MONEY[1], MAY_SEE_MONEY[0])
    add_entry(app, SMS, money)
    chapter = _("Accounts")
    add_entry(app, chapter, Entry(_("Accounts"), lambda: "/accounts/", "UserDBModelView", "can_list"))
    add_entry(app, chapter, Entry(_("Roles"), lambda: "/roles/", "RoleModelView", "can_list"))
    add_entry(app, chapter, Entry(_("Changes of rights"), lambda: "/access/", MAY_OVERSEE[1], MAY_OVERSEE[0]))
    for record in OWNERS:
        tab = Tab(record, _("Bring files"), partial("/files/of/{}/{}".format, record), partial(_brings_files, record))
        add_tab(app, tab)
    add_tab(app, Tab("event", _("Who comes"), lambda pk: f"/meetings/{pk}", meetings.is_told_who_comes))
    add_tab(app, Tab("attachment", _("Download"), "/files/{}".format, lambda actor, pk: True))
    add_tab(app, Tab("student", _("Who sees it"), lambda pk: f"/students/{pk}/seen-by", access.is_told_who_sees))
    if resources(app).settings.has_simulator:
        add_entry(app, _("Demo"), Entry(_("Phones"), lambda: "/phones"))
