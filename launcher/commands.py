"""The commands of run.py: what each is called, what it needs, whom it calls."""

import argparse
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg

import config
from app import logs
from config import Settings, WrongSetting
from launcher import processes_alone, tasks
from launcher.errors import CannotStart

Command = Callable[[Settings, argparse.Namespace], int]


def main(arguments: list[str]) -> int:
    """Run one command; the exit status: 1 where something is in the way, 2 for a wrong setting or word."""
    os.umask(0o077)  # what we write is for this account
    given = _parser().parse_args(arguments)
    try:
        settings = config.load()
        logs.configure(given.command or "launcher", settings)
        run: Command = given.run
        status = run(settings, given)
        gc.freeze()  # else the interpreter walks through all that was loaded once more before it ends
        return status
    except WrongSetting as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except (CannotStart, psycopg.OperationalError, PermissionError) as problem:
        print(_in_words(problem), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _in_words(problem: Exception) -> str:
    if isinstance(problem, PermissionError):
        return f"This account may not use {problem.filename}: {problem.strerror}."
    if isinstance(problem, psycopg.OperationalError):
        return f"The database does not answer: {str(problem).strip()}"
    return str(problem)


def _everything(settings: Settings, _: argparse.Namespace) -> int:
    from launcher import everything

    return everything.run(settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Zvonok, a school journal. Without a command: everything on this machine, until Ctrl-C.",
        epilog="Settings are environment variables or a file .env; config.py lists them.",
    )
    parser.set_defaults(run=_everything, command="")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, says in processes_alone.SAYS.items():
        commands.add_parser(name, help=says).set_defaults(run=processes_alone.run)
    check = _add(commands, "check", tasks.check, "one line for each part; exit 1 if one fails")
    check.add_argument("--deploy", action="store_true", help="name every weak setting of a production start too")
    migrate = _add(commands, "migrate", tasks.migrate, "bring the tables and the application's role up to date")
    instead = migrate.add_mutually_exclusive_group()
    instead.add_argument("--check", action="store_true", help="only compare migrations and models, on a new database")
    instead.add_argument("--new", metavar="TITLE", help="only write the next migration from the models")
    seed = _add(commands, "seed", tasks.seed, "reference data: roles, scales, subjects; twice is once")
    seed.add_argument("--demo", action="store_true", help="the demo school too, where there is no school")
    large = "instead a large school for measuring: 1,100 students with so many full years; takes minutes"
    seed.add_argument("--years", type=int, choices=range(1, 11), default=0, metavar="N", help=large)
    found = _add(commands, "found", tasks.found, "a school of one's own, and the account of its administrator")
    found.add_argument("name", metavar="NAME", help="the school's full name")
    found.add_argument("--short-name", default="", metavar="SHORT", help="signs each SMS, at most 20 characters")
    found.add_argument("--admin", default="admin", metavar="LOGIN", help="the administrator's login (admin)")
    administer = _add(commands, "administer", tasks.administer, "let an account administer all schools")
    administer.add_argument("login", metavar="LOGIN")
    _add(commands, "prepare", tasks.prepare, "migrate, seed, and the demo school where it belongs, as every start does")
    backup = _add(commands, "backup", tasks.backup, "write the database to a file")
    backup.add_argument("file", type=Path, metavar="FILE")
    restore = _add(commands, "restore", tasks.restore, "read the database from such a file, into an empty one")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="in place of all that the database holds")
    ledger = _add(commands, "ledger", tasks.ledger, "verify: walk every chain of revisions; exit 1 if one is broken")
    ledger.add_argument("what", choices=["verify"])
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Command, says: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=says, description=says)
    parser.set_defaults(run=run)
    return parser
