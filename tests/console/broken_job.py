"""A job whose exception names a person, as a database's may."""


def names_somebody(ids: list[int], name: str) -> None:
    raise KeyError(f"{name}, +79990000001, of {ids}")
