"""The commands that do one thing and end."""

import argparse

from config import Settings
from launcher import children, demo, running
from launcher.errors import CannotStart
from launcher.lock import is_held


def prepare(settings: Settings, _: argparse.Namespace) -> int:
    """What every start does before the web listens."""
    children.behave_as_child()
    with running.for_the_owner(settings) as complete:
        _bring_up_to_date(complete)
        demo.refuse_in_production(complete)
        _seed(complete, with_demo=complete.is_demo)
    return 0


def migrate(settings: Settings, given: argparse.Namespace) -> int:
    if given.new:
        from launcher import migrations

        print(migrations.write_migration(given.new))
        return 0
    if given.check:
        from launcher import migrations

        found = migrations.differences()
        print("\n".join(found) or "The migrations make just what the models say.")
        return 1 if found else 0
    with running.for_the_owner(settings) as complete:
        _bring_up_to_date(complete)
    print("The tables and the application's role are up to date.")
    return 0


def seed(settings: Settings, given: argparse.Namespace) -> int:
    if (given.demo or given.years) and not settings.is_demo:
        raise CannotStart("ZVONOK_ENV is production, which takes no demo accounts.")
    with running.for_the_owner(settings) as complete:
        _bring_up_to_date(complete)
        _seed(complete, with_demo=given.demo and not given.years)
        if given.years:
            _seed_years(complete, given.years)
    return 0


def _seed_years(settings: Settings, years: int) -> None:
    import seeds.year

    try:
        seeds.year.install(settings, years)
    except seeds.year.AnotherSchool:
        raise CannotStart("The database has a school already; the large one wants an empty database.") from None
    demo.note_accounts(settings.var, seeds.year.accounts())


def found(settings: Settings, given: argparse.Namespace) -> int:
    short_name = given.short_name or given.name
    if not given.name.strip() or len(given.name) > 200 or len(short_name) > 20:
        raise CannotStart("The name takes 1 to 200 characters, the short name (--short-name) at most 20.")
    with running.for_the_owner(settings) as complete:
        _bring_up_to_date(complete)
        _seed(complete, with_demo=False)
        from seeds import first_school

        try:
            password = first_school.found(complete, given.name.strip(), short_name.strip(), given.admin)
        except first_school.Taken as taken:
            raise CannotStart(str(taken)) from None
    print(f"{given.name} stands. Sign in as {given.admin} with the password {password} and change it there.")
    return 0


def administer(settings: Settings, given: argparse.Namespace) -> int:
    """Nobody in a browser may give further than they see; this is the way in for the first."""
    with running.for_the_owner(settings) as complete:
        from seeds import all_schools

        try:
            is_new = all_schools.administer(complete, given.login)
        except all_schools.NotThere as missing:
            raise CannotStart(str(missing)) from None
    print(f"{given.login} administers all schools" + (" from the next sign-in on." if is_new else " already."))
    return 0


def _bring_up_to_date(settings: Settings) -> None:
    from launcher import database

    database.prepare(settings)
    from app.factory import install_permissions  # takes a second to load: who has no database hears it before

    install_permissions(settings)


def _seed(settings: Settings, *, with_demo: bool) -> None:
    import seeds

    seeds.install(settings)
    if with_demo:
        import seeds.demo

        seeds.demo.install(settings)
        demo.follow_password(settings)
        demo.note_accounts(settings.var, seeds.demo.accounts())


def backup(settings: Settings, given: argparse.Namespace) -> int:
    from launcher import backup_files, backups

    with running.for_the_owner(settings) as complete:
        print(backups.backup(complete, given.file))
    print(backup_files.backup_files(settings.files_folder, given.file) or "No file is attached to anything.")
    return 0


def restore(settings: Settings, given: argparse.Namespace) -> int:
    from launcher import backup_files, backups

    if is_held(settings.var):
        raise CannotStart(f"Zvonok is running on {settings.var}: stop it first.")
    backups.verify(given.file)
    backup_files.verify_files(given.file)
    with running.for_the_owner(settings) as complete:
        backups.restore(complete, given.file, replace=given.replace)
        _bring_up_to_date(complete)
    count = backup_files.restore_files(settings.files_folder, given.file)
    print(f"Attached files put back: {count}.")
    print("Restored. `python run.py ledger verify` walks the chains of revisions.")
    return 0


def ledger(settings: Settings, _: argparse.Namespace) -> int:
    from app.records import ALL
    from app.services.ledger import verify_all
    from app.session.engine import install

    install(ALL)  # so that every column of a record is compared with what the chain tells
    with running.for_a_reader(settings) as complete:
        broken = verify_all(complete)
    print("\n".join(broken) or "Every chain of revisions is whole.")
    return 1 if broken else 0


def check(settings: Settings, given: argparse.Namespace) -> int:
    from launcher import checks, deploy

    lines = checks.parts(settings)
    if given.deploy:
        weak = deploy.weak_settings(settings)
        lines += [checks.Line("weak", False, sentence) for sentence in weak]
    print("\n".join(line.text for line in lines))
    return 0 if all(line.is_well for line in lines) else 1
