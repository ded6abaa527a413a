"""An address or a phone shown so that its owner knows it again and nobody else learns it."""


def masked(contact: str) -> str:
    """The first letter and the house of an e-mail; a country's and the last two digits of a phone.

    >>> masked("mama@mail.ru"), masked("+79990000042"), masked("+375291234567"), masked("")
    ('m***@mail.ru', '+7***42', '+3***67', '')
    """
    if not contact:
        return ""
    if "@" in contact:
        name, _, house = contact.rpartition("@")
        return f"{name[:1]}***@{house}"
    return f"{contact[:2]}***{contact[-2:]}"
