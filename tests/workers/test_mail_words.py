"""What a mail looks like on its way: text and HTML, the school's name, no trick of a name gets through."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import Engine

from app.domain.errors import InvalidInput
from app.models import MailMessage
from app.records.mail import MAIL_MESSAGES
from app.services.mail import Button, write_mail
from app.services.mail_words import WHY
from app.session.actors import Actor
from app.session.engine import transaction
from app.words import _
from config import Settings
from tests.factories import MadeSchool
from tests.workers.test_mail import change, in_folder, mails
from workers import place
from workers.mail import send_mails

MOTHER = "mother@example.org"
HOUSE = "https://journal.school.example"


@pytest.fixture
def house(working: Settings) -> Settings:
    """Jobs work for a house with a public address."""
    settings = replace(working, base_url=HOUSE)
    place._settings[:] = [settings]
    return settings


def sent(engine: Engine, actor: Actor, house: Settings, **changes: object) -> EmailMessage:
    """An invitation that this person writes, as it left."""
    given: dict[str, object] = {
        "kind": "invitation",
        "school_id": None,
        "to": MOTHER,
        "language": "ru",
        "subject": "Приглашение для <b>Анны</b>",
        "paragraphs": ("Здравствуйте, <b>Ёлкина</b> & Co!\nВот ваш код.", _("This SMS did not reach your phone:")),
        "button": Button(_("Settings"), "/invitation/s3cret"),
        **changes,
    }
    with transaction(engine, actor) as session:
        write_mail(session, str(given.pop("kind")), **given)  # type: ignore[arg-type]
    send_mails()
    return in_folder(house)[-1]


def parts(mail: EmailMessage) -> tuple[str, str]:
    """The mail's text and its HTML."""
    text, html = (mail.get_body((form,)).get_content() for form in ("plain", "html"))  # type: ignore[union-attr]
    return text.replace("\r\n", "\n"), html.replace("\r\n", "\n")


def test_a_mail_has_text_and_html_with_the_same_words(
    engine: Engine, made: MadeSchool, teacher: Actor, house: Settings
) -> None:
    mail = sent(engine, teacher, house)

    assert mail.get_content_type() == "multipart/alternative"
    text, html = parts(mail)
    assert "Здравствуйте, <b>Ёлкина</b> & Co!\nВот ваш код." in text
    assert f"Настройки школы:\n{HOUSE}/invitation/s3cret" in text
    assert "Здравствуйте, &lt;b&gt;Ёлкина&lt;/b&gt; &amp; Co!\nВот ваш код." in html
    assert f'<a class="button" href="{HOUSE}/invitation/s3cret">Настройки школы</a>' in html
    assert '<html lang="ru">' in html
    assert "<title>Приглашение для &lt;b&gt;Анны&lt;/b&gt;</title>" in html
    for form in (text, html):
        assert "Школа № 1" in form
        assert "Эта СМС не дошла до вашего телефона:" in form  # a lazy word, in the mail's language
        assert "чтобы пригласить вас" in form
        assert "Ответы на это письмо никто не читает" in form


def test_its_headers_say_who_writes_and_that_a_machine_did(
    engine: Engine, made: MadeSchool, teacher: Actor, house: Settings
) -> None:
    mail = sent(engine, teacher, house, reply_to="office@school.example")

    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Школа № 1", "zvonok@journal.school.example")
    assert (mail["To"], mail["Reply-To"]) == (MOTHER, "office@school.example")
    assert mail["Subject"] == "Приглашение для <b>Анны</b>"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "ru")
    assert mail["Message-ID"].endswith("@journal.school.example>")
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    assert "никто не читает" not in parts(mail)[0]  # somebody does


def test_an_english_mail_is_english_throughout(
    engine: Engine, made: MadeSchool, teacher: Actor, house: Settings
) -> None:
    mail = sent(engine, teacher, house, language="en", subject="Invitation", paragraphs=("Welcome.",))

    text, html = parts(mail)
    assert '<html lang="en">' in html
    assert "to invite you to its journal" in text
    assert not re.search("[а-яё]", (text + html).replace("Школа", ""))


def test_a_mail_follows_light_and_dark_and_loads_nothing(
    engine: Engine, made: MadeSchool, teacher: Actor, house: Settings
) -> None:
    html = parts(sent(engine, teacher, house))[1]

    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html
    assert not re.search(r"src=|<link|@import|url\(|<script|<svg", html)
    assert set(re.findall(r'href="([^"]*)"', html)) == {HOUSE, f"{HOUSE}/invitation/s3cret"}


def test_no_name_or_subject_writes_a_header(engine: Engine, made: MadeSchool, teacher: Actor, house: Settings) -> None:
    change(engine, type(made.school), name='Школа "Лицей"\r\nBcc: x@example.org, № 1' + " очень длинное имя" * 8)

    mail = sent(engine, teacher, house, subject="Привет\r\nBcc: evil@example.org\x00\u2028!")

    assert mail["Bcc"] is None
    assert mail["Subject"] == "Привет Bcc: evil@example.org !"
    (sender,) = mail["From"].addresses
    assert sender.display_name.startswith('Школа "Лицей" Bcc: x@example.org, № 1 очень')
    assert sender.addr_spec == "zvonok@journal.school.example"


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x", ""])
def test_a_button_leads_nowhere_else(path: str) -> None:
    with pytest.raises(ValueError, match="a path of ours"):
        Button("Открыть", path)


def test_a_mail_is_written_with_its_transaction_or_not_at_all(
    engine: Engine, made: MadeSchool, teacher: Actor, house: Settings
) -> None:
    words = {"school_id": None, "language": "ru", "subject": "s", "paragraphs": ("p",)}
    with pytest.raises(InvalidInput), transaction(engine, teacher) as session:
        write_mail(session, "recovery", to="a@x.ru,b@y.ru", **words)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError), transaction(engine, teacher) as session:
        write_mail(session, "recovery", to=MOTHER, **words)  # type: ignore[arg-type]
        raise RuntimeError

    send_mails()

    assert (mails(engine), in_folder(house)) == ([], [])


def test_the_link_is_forgotten_when_the_mail_is_sent(
    engine: Engine, made: MadeSchool, teacher: Actor, house: Settings
) -> None:
    sent(engine, teacher, house)

    (row,) = mails(engine)
    assert (row.state, row.school_id, row.path) == ("sent", made.school.id, None)


def test_a_link_that_has_run_out_is_not_sent(engine: Engine, made: MadeSchool, teacher: Actor, house: Settings) -> None:
    with transaction(engine, teacher) as session:
        for hours in (-1, 1):
            write_mail(
                session, "recovery", school_id=made.school.id, to=MOTHER, language="ru", subject="Пароль",
                paragraphs=("Ваша ссылка",), button=Button("Открыть", "/x"), useful_for=timedelta(hours=hours),
            )  # fmt: skip

    send_mails()

    assert [(row.state, row.error, row.path) for row in mails(engine)] == [
        ("failed", "too late", None),
        ("sent", None, None),
    ]
    assert len(in_folder(house)) == 1


@pytest.mark.parametrize(
    ("base_url", "mail_from", "sender"),
    [
        ("https://журнал.школа.рф", "", "zvonok@xn--80alqgor.xn--80atdl2c.xn--p1ai"),
        ("http://[::1]:8080", "", "zvonok@[IPv6:::1]"),
        (HOUSE, "journal@city.example", "journal@city.example"),
    ],
)
def test_mails_come_from_the_house_or_as_is_set(
    engine: Engine, made: MadeSchool, teacher: Actor, working: Settings, base_url: str, mail_from: str, sender: str
) -> None:
    odd = replace(working, base_url=base_url, mail_from=mail_from)
    place._settings[:] = [odd]

    assert sent(engine, teacher, odd)["From"].addresses[0].addr_spec == sender


def test_a_long_line_keeps_to_what_smtp_takes(
    engine: Engine, made: MadeSchool, teacher: Actor, house: Settings
) -> None:
    mail = sent(engine, teacher, house, paragraphs=("слово " * 400,))

    assert "слово слово" in parts(mail)[0]
    assert max(map(len, (house.var / "mail").glob("*.eml").__next__().read_bytes().splitlines())) <= 998


def test_every_kind_of_mail_has_its_word() -> None:
    assert set(MAIL_MESSAGES.choices["kind"]) == set(WHY)
    assert MailMessage.__table__.c.kind.server_default.arg == "sms"  # type: ignore[union-attr]
