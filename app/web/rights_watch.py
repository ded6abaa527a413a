"""Rights that grow are told by mail: to those who mind a school's rights, whoever changes them and for whom.

An administrator sets up every role of the school, also ones that see more than they do; what they cannot is let
somebody, or themselves, see marks without others who answer for the school hearing of it (docs/decisions/0016).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import records
from app.domain.emails import is_email, is_no_address
from app.models import Staff
from app.records.journal_words import JOURNAL
from app.services.account_reach import HELD, TIES, granting
from app.services.mail import Button, write_mail
from app.session.actors import ALL, SCHOOL
from app.session.keys import load_actor
from app.web.actors import current_actor
from app.web.resources import resources
from app.web.rights import MAY_OVERSEE, Grant
from app.words import Word, _

AROUND = {"around_the_rule": True}
OF_THE_JOURNAL = tuple(("can_read", record.name) for record in records.ALL if record.menu == JOURNAL)
WHOLE_SCHOOLS = (("can_see", SCHOOL), ("can_see", ALL))


@dataclass(frozen=True)
class Holder:
    """Somebody who has a right over a whole school, and where mail reaches them."""

    name: str
    email: str


def holders(session: Session, *grants: Grant) -> dict[int, Holder]:
    """The accounts that may sign in, have one of these rights, and see a whole school or all; by their keys."""

    def with_one_of(*wanted: Grant) -> Any:
        return User.id.in_(select(HELD.c.user_id).where(HELD.c.role_id.in_(granting(*wanted))))

    staff = Staff.__table__
    query = (
        select(User.id, User.last_name, User.first_name, User.email, staff.c.email.label("work_email"))
        .outerjoin(staff, staff.c.user_id == User.id)
        .where(User.active.is_(True), with_one_of(*WHOLE_SCHOOLS), with_one_of(*grants))
    )
    found = {}
    for row in session.execute(query, execution_options=AROUND):
        own = "" if is_no_address(row.email) else row.email
        email = next((each for each in (row.work_email, own) if each and is_email(each)), "")
        found[row.id] = Holder(f"{row.last_name} {row.first_name}".strip(), email)
    return found


class RightsWatch:
    """What was before an act; `tell` after it, before the commit."""

    def __init__(self, session: Session) -> None:
        actor = current_actor()
        assert actor is not None
        self.session, self.actor = session, actor
        self.seers = holders(session, *OF_THE_JOURNAL)  # of a whole school's journal
        self.minders = holders(session, MAY_OVERSEE)  # of who may what: they are told

    def tell(self) -> Word | None:
        """Mail those who mind rights, where it concerns them; what the doer is told of it. The caller commits."""
        self.session.flush()
        minders = holders(self.session, MAY_OVERSEE)
        come = {key: one for key, one in holders(self.session, *OF_THE_JOURNAL).items() if key not in self.seers}
        gone = {key: one for key, one in self.minders.items() if minders.get(key) != one and key != self.actor.user_id}
        told = []
        if come:
            told.append(_("From now on these see the journal of the whole school: {names}.", names=_names(come)))
        if self._now() - self.actor.permissions:
            told.append(_("{doer} has given more rights to the own account.", doer=self.actor.name))
        if gone:
            told.append(_("Of these the rights or the address were changed: {names}.", names=_names(gone)))
        return self._mail(told, {*come, *gone}) if told else None

    def tell_taken_over(self, user_id: int, what: Word) -> None:
        """Somebody else's password or second factor was changed: told where it sees or minds a whole school."""
        one = self.seers.get(user_id) or self.minders.get(user_id)
        if one is not None and user_id != self.actor.user_id:
            self._mail([_("The account of {name}: {what}", name=one.name, what=what)], {user_id})

    def shuts_out(self, permission: str, view: str) -> bool:
        """Whether the doer has taken this right from themselves, so that nobody may be left who gives it back."""
        return self.actor.may(permission, view) and (permission, view) not in self._now()

    def _now(self) -> frozenset[Grant]:
        assert self.actor.user_id is not None
        today = datetime.now(resources().settings.timezone).date()
        return load_actor(self.session, self.actor.user_id, self.actor.name, today).permissions

    def _mail(self, paragraphs: Collection[Word], about: Collection[int]) -> Word:
        """To those who minded before, at the address of before: taking it from them first silences nobody."""
        owners = {key: one for key, one in self.seers.items() if key in about}
        near = self._of_the_same_schools(about)
        known = {key: one for key, one in self.minders.items() if key in near} | owners
        reached = {key: one for key, one in known.items() if key != self.actor.user_id and one.email}
        for one in reached.values():
            write_mail(
                self.session, "security", school_id=self.actor.home_school_id, to=one.email,
                language=resources().settings.locale, subject=_("Rights in the school’s journal were changed"),
                paragraphs=(
                    _("{doer} has changed roles or accounts in the school’s journal.", doer=self.actor.name),
                    *paragraphs,
                    _("If this is not meant to be, speak with the administrator at once."),
                ),
                button=Button(_("See what was changed"), "/access/"),
            )  # fmt: skip
        if not reached:
            return _("This is on record; nobody else who minds the school’s rights could be told by mail.")
        return _("A mail about this went to: {names}.", names=_names(reached))

    def _of_the_same_schools(self, about: Collection[int]) -> set[int]:
        """Accounts of the doer's schools and of those whom it is about: nobody hears of other schools' people."""
        concerned = select(TIES.c.school_id).where(TIES.c.user_id.in_(about))
        near = TIES.c.school_id.in_(self.actor.whole_school_ids) | TIES.c.school_id.in_(concerned)
        return set(self.session.scalars(select(TIES.c.user_id).where(near), execution_options=AROUND))


def _names(these: dict[int, Holder]) -> str:
    return ", ".join(one.name for one in these.values())
