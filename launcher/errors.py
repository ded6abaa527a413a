"""What the launcher tells a person when it cannot go on."""


class CannotStart(Exception):
    """Something outside the program is in the way; the text says what and what to do."""


class StopRequested(BaseException):
    """Somebody asked for the end (Ctrl-C or SIGTERM) while a step was under way."""
