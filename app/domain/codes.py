"""Codes that people type: an invitation's twenty digits, the six of an SMS, and those of a paper at the desk.

The first two are digits only, since a phone with a Russian keyboard has them and none of them looks like a letter. What
the database keeps is a seal made with the installation's key: a stolen copy of it opens nothing, however fast one
guesses.

>>> readable("12345678901234567890")
'1234 5678 9012 3456 7890'
>>> read_code(" 1234-5678 9012 3456 7890 "), read_code("1234"), read_code("1234 5678 9012 3456 789\\0")
('12345678901234567890', '', '')
"""

import hashlib
import hmac
import re
import secrets

DIGITS = 20  # 66 bits
SMS_DIGITS = 6
PAPER_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
PAPER_LENGTH = 16  # 79 bits: a plain hash is enough
_BETWEEN = re.compile(r"[\s\u00a0\-\u2010-\u2015.]+")
_LONGEST = 100


def new_code() -> str:
    """An invitation's code."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def new_sms_code() -> str:
    return f"{secrets.randbelow(10**SMS_DIGITS):0{SMS_DIGITS}}"


def new_paper_code() -> str:
    """Letters and digits of which none looks like another, in groups of four: read from paper and typed once."""
    signs = "".join(secrets.choice(PAPER_SIGNS) for _ in range(PAPER_LENGTH))
    return "-".join(signs[at : at + 4] for at in range(0, PAPER_LENGTH, 4))


def readable(code: str) -> str:
    """In groups of four."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def read_code(written: str, digits: int = DIGITS) -> str:
    """The code as it was made; "" where this is none."""
    code = _BETWEEN.sub("", written[:_LONGEST])
    return code if re.fullmatch(f"[0-9]{{{digits}}}", code) and len(written) <= _LONGEST else ""


def sealed(key: str, what: str, secret: str) -> str:
    """What is kept of a secret; `what` says for which door it is, so that none opens another."""
    return hmac.new(key.encode(), f"{what}:{secret}".encode(errors="replace"), hashlib.sha256).hexdigest()
