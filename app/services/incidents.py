"""Incidents: what somebody did not do themselves is written down for the administrator and told to the head."""

from datetime import timedelta

import structlog
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.models import Incident
from app.services.mail import Button, write_mail
from app.session.actors import system
from app.session.engine import transaction
from app.words import _

log = structlog.get_logger()
AROUND = {"around_the_rule": True}
OVERSEER = system("oversight", "incident", silent=True)
MOST_OPEN = 5

# Who may open terms of the school: its head, whatever the role is called.
HEADS = text("""
SELECT DISTINCT u.email FROM ab_user u JOIN staff s ON s.user_id = u.id AND s.school_id = :school
JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_permission_view_role x ON x.role_id = ur.role_id
JOIN ab_permission_view pv ON pv.id = x.permission_view_id
JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id
WHERE u.active AND p.name = 'can_write' AND v.name = 'term_unlock' ORDER BY u.email
""")


def report(engine: Engine, school_id: int, user_id: int, person: str, about: str, number: int, language: str) -> bool:
    """Write the incident down and tell the head by mail; False where this change was reported before."""
    with transaction(engine, OVERSEER) as session:
        earlier = select(Incident.id).where(Incident.school_id == school_id, Incident.revision_number == number)
        if session.scalars(earlier.where(Incident.user_id == user_id).limit(1)).first() is not None:
            return False
        incident = Incident(
            school_id=school_id, user_id=user_id, person=person, about=about[:300], revision_number=number
        )
        session.add(incident)
        session.flush()
        told = (
            _("{person} says: this change in the journal was not mine.", person=person),
            about,
            _("The session that it came by was ended. The administrator sees the incident on the start page."),
        )
        for (address,) in session.execute(HEADS, {"school": school_id}, execution_options=AROUND).all():
            write_mail(
                session, "incident", school_id=school_id, to=address, language=language,
                subject=_("Journal: “it was not me”"), paragraphs=told,
                button=Button(_("See the incident"), f"/records/incident/{incident.id}"), useful_for=timedelta(days=7),
            )  # fmt: skip
        log.warning("incident.reported", incident=incident.id, account=user_id, revision=number)
    return True


def open_incidents(session: Session) -> list[Incident]:
    """The newest that nobody has settled, as the person sees them."""
    query = select(Incident).where(Incident.state == "open").order_by(Incident.id.desc()).limit(MOST_OPEN)
    return list(session.scalars(query))
