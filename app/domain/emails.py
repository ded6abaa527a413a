"""E-mail addresses: exactly one, in the form that people have."""

import re

# Local part and domain as HTML 5 takes them in forms: no comments, quotes, lists or names around the address.
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)

# An account needs an address in the database: who has none gets one under this name, which leads nowhere (RFC 2606).
NO_ADDRESS = ".invalid"


def no_address(of: str) -> str:
    """The address that stands for none; `of` tells accounts apart.

    >>> no_address("mama@mail.ru"), is_no_address(no_address("anna")), is_no_address("anna@school.org")
    ('mama.mail.ru@nobody.invalid', True, False)
    """
    return f"{of.replace('@', '.')}@nobody{NO_ADDRESS}"


def is_no_address(address: str) -> bool:
    return address.endswith(NO_ADDRESS)


def is_email(written: str) -> bool:
    """Whether this is one address that mail can go to.

    >>> is_email("mama@mail.ru"), is_email("a@x.ru,b@y.ru"), is_email("mama@[mail.ru"), is_email("почта@почта.рф")
    (True, False, False, False)
    """
    local = written.partition("@")[0]
    return (
        len(written) <= 254
        and _ADDRESS.fullmatch(written) is not None
        and not local.startswith(".")
        and not local.endswith(".")
        and ".." not in local
    )
