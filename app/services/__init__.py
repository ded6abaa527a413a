"""Use cases by chapter: a session in, the domain asked, rows saved."""
