"""A mail as it goes out: the same words as text and as HTML, in the product's look, with nothing to load."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.domain.emails import is_email
from app.models import MailMessage
from app.services.mail_transport import Refused
from app.services.mail_words import NO_ANSWER, OR_COPY, WHY
from app.words import _, speaking
from config import Settings

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "mail"
LAYOUTS = {"news": "news", "reminder": "news"}  # kind of mail → its layout; of others the plain one
LONGEST_LINE = 900  # octets; SMTP takes 998 (RFC 5322 §2.1.1)


@cache
def _templates() -> Environment:
    """Without Flask: workers write mails. `.html` is escaped, `.txt` is not."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: name is None or name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def rendered(mail: MailMessage, school: str, settings: Settings) -> EmailMessage:
    """The mail of a school as it goes out; raises Refused where an address cannot stand in a mail."""
    if not is_email(mail.address) or (mail.reply_to and not is_email(mail.reply_to)):
        raise Refused("this is no e-mail address")
    made = EmailMessage()
    sender = settings.mail_sender
    made["From"] = Address(display_name=on_one_line(school) or "Zvonok", addr_spec=sender)
    made["To"], made["Subject"] = mail.address, on_one_line(mail.subject)
    if mail.reply_to:
        made["Reply-To"] = mail.reply_to
    made["Date"] = format_datetime(mail.created_at)
    made["Message-ID"] = f"<zvonok-{mail.id}-{int(mail.created_at.timestamp())}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice is an answer to it
    words = _words(mail, school, settings)
    layout = LAYOUTS.get(mail.kind, "mail")
    text, html = (_templates().get_template(f"{layout}.{form}").render(words) for form in ("txt", "html"))
    made.set_content(text, cte=_encoding(text))
    made.add_alternative(html, subtype="html", cte=_encoding(html))
    made["Content-Language"] = mail.language  # set last: a part takes such headers with it
    return made


def _words(mail: MailMessage, school: str, settings: Settings) -> dict[str, object]:
    with speaking(mail.language):
        return {
            "language": mail.language,
            "school": on_one_line(school),
            "subject": on_one_line(mail.subject),
            "paragraphs": [paragraph.strip() for paragraph in mail.body.split("\n\n") if paragraph.strip()],
            "button": mail.button or "",
            "address": f"{settings.public_url}{mail.path}" if mail.path else "",
            "or_copy": str(OR_COPY),
            "why": str(WHY.get(mail.kind, WHY["security"])),
            "no_answer": "" if mail.reply_to else str(NO_ANSWER),
            "product": str(_("Zvonok — a school journal that tells families")),
            "home": settings.public_url,
        }


def on_one_line(written: str) -> str:
    """Without line breaks and other signs that no header takes."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in written).split())


def _encoding(written: str) -> str:
    """As it is, so that a person can read the file; where a line is too long for SMTP, in short ones."""
    longest = max((len(line.encode()) for line in written.splitlines()), default=0)
    return "8bit" if longest <= LONGEST_LINE else "quoted-printable"
