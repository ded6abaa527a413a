"""Polyglots where no page shows them: in mails, in letters on paper, in texts to phones."""

from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import product
from pathlib import Path

import pytest

from app.domain.sms_text import economical
from app.models import MailMessage
from app.services.invitations import GUARDIAN, JOIN, Invited, Letter
from app.services.letters import letters_pdf
from app.services.mail_rendering import rendered
from app.words import _
from tests.attack.polyglots import POLYGLOTS, harm
from tests.support import SchoolDatabase, settings_for

DAY = datetime(2026, 12, 1, tzinfo=UTC)
HEADERS = {
    "from", "to", "subject", "reply-to", "date", "message-id", "auto-submitted", "mime-version", "content-type",
    "content-language",
}  # fmt: skip


def test_mails_carry_them_as_text(tmp_path: Path) -> None:
    settings = settings_for(
        SchoolDatabase("no", "postgresql:///no", "postgresql:///no"), "redis://127.0.0.1:1/", tmp_path
    )
    faults: list[str] = []
    for number, (text, kind) in enumerate(product(POLYGLOTS, ("recovery", "news"))):
        mail = MailMessage(
            id=number, kind=kind, language="en", address="q9@school.invalid", subject=text, button=text,
            body=f"{text}\n\n{text}", path="/recover/new#key", created_at=DAY,
        )  # fmt: skip
        made = rendered(mail, text, settings)
        html = made.get_body(("html",))
        assert isinstance(html, EmailMessage)
        told = dict.fromkeys(harm(html.get_content()))
        faults += [f"{text}: {fault}" for fault in told if "style" not in fault and settings.public_url not in fault]
        assert {name.lower() for name in made} <= HEADERS, text
        assert not any("\n" in str(value).strip() for value in made.values()), text

    assert faults == []


def test_letters_print_them_as_text() -> None:
    """The paper is made by a language that can read files: what is printed is only data to it."""
    letters = [
        Letter(Invited(GUARDIAN, number, text, [text, *POLYGLOTS[:2]]), JOIN, "1234567890123456789", DAY)
        for number, text in enumerate(POLYGLOTS)
    ]

    made = letters_pdf(letters, POLYGLOTS[-1], POLYGLOTS[-4], "https://school.invalid")

    assert made.startswith(b"%PDF-")


@pytest.mark.parametrize("text", POLYGLOTS)
def test_texts_to_phones_carry_them_as_text(text: str) -> None:
    said = str(_("{school}: code {code}. Tell it to nobody.", school=text, code="123456"))

    assert text in said
    assert economical(said).count("123456") == 1
