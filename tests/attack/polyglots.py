"""Texts that do harm where a page, a mail, a spreadsheet or a template takes them for more than text; and who notices.

Each carries the canary `q9`: as an element, as an attribute, or as a figure that only an evaluated template shows.
"""

from collections.abc import Iterator
from html.parser import HTMLParser

CANARY = "q9"
EVALUATED = str(1337 * 1337)
POLYGLOTS = (
    '"><q9>', "'><q9 q9>", '" q9="', "' q9='", "<q9/>", "--><q9>", "=q9()", "@q9", "%(q9)s %n",
    "{q9} {0} %s", "&lt;q9&gt;", "]]><q9>", "\u202eq9\u2066<q9>",
    "</textarea></title></script><q9 onload=q9()>", '" q9="1" onfocus=q9() autofocus x="', "x q9=1 onfocus=q9()",
    "';q9();//</script><script q9>q9()</script>", "}</style><style q9>*{background:url(//q9.invalid)}",
    "javascript:/*q9*/q9()//", "data:text/html,<q9>", "<svg/q9 onload=q9()>", "<img src=x q9 onerror=q9()>",
    "{{1337*1337}}${1337*1337}<%=1337*1337%>#{1337*1337}", "{% for q9 in (1,) %}{{ 1337*1337 }}{% endfor %}",
    "{0.__class__.__mro__} {q9!r:>999} %s", "'; DROP TABLE mark;-- q9", "1' OR '1'='1", "=HYPERLINK(\"//q9.invalid\")",
    "=cmd|' /C q9'!A1", '#import "/etc/passwd": * #panic("q9") $x_1$ *b* _i_ `c` @q9 \\',
    "&#60;q9&#62;&amp;lt;q9&amp;gt;",
    "\r\nSet-Cookie: q9=1\r\n\r\n<q9>", "\u0130\u0131\ufb01\u200f\u200b\ufeff<q9>\U0001f469\u200d\U0001f467",
)  # fmt: skip
#: An address may begin with these where it leads out of the page.
SAFE_ADDRESSES = ("/", "#", "?", "http://localhost", "mailto:", "tel:", "data:,")
ADDRESSES = ("href", "src", "action", "formaction", "data", "poster", "xlink:href", "srcset", "background")


def fitting(length: int | None, number: int) -> str:
    """A polyglot that fits into so many letters, another one for each number, no two alike where there is room."""
    room = length or 10_000
    fit = [each for each in POLYGLOTS if len(each) <= room] or [CANARY[:room]]
    made = fit[number % len(fit)]
    named = f"{made}{number}"
    return named if len(named) <= room else made


class Page(HTMLParser):
    """What stands in a page: its addresses, its forms' methods, and whatever was made of a polyglot."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.addresses: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.visible: list[str] = []
        self.feed(text)
        self.close()
        if EVALUATED in text:
            self.faults.append("a template was evaluated")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if CANARY in tag:
            self.faults.append(f"the element <{tag}>")
        for name, value in attrs:
            if CANARY in name or name.startswith("on") or name in ("style", "srcdoc"):
                self.faults.append(f"the attribute {name} of <{tag}>")
            if name in ADDRESSES and value is not None:
                self.addresses.append(value)
                if value and not value.startswith(SAFE_ADDRESSES):
                    self.faults.append(f"the address {value!r} of <{tag}>")
                if value.startswith(("//", "/\\")):
                    self.faults.append(f"the address {value!r} of <{tag}> leads elsewhere")
        if tag == "script" and not dict(attrs).get("src"):
            kind = dict(attrs).get("type") or ""
            if "json" not in kind:
                self.faults.append("a script in the page")
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.faults.append(f"the element <{tag}>")
        if tag == "form":
            self.forms.append({name: value or "" for name, value in attrs})

    def handle_data(self, data: str) -> None:
        self.visible.append(data)


def harm(text: str) -> Iterator[str]:
    """What a page does with polyglots besides showing them."""
    yield from dict.fromkeys(Page(text).faults)
