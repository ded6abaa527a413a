"""Migrations are written from the models."""

import shutil

from launcher.database import MIGRATIONS
from launcher.migrations import write_migration


def test_next_migration_has_the_next_number_and_its_title(tmp_path):
    folder = tmp_path / "Школа № 1"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(file.name for file in (folder / "versions").glob("*.py"))

    said = write_migration("Lost books", folder)

    (new,) = {file.name for file in (folder / "versions").glob("*.py")} - {*before}
    assert new == f"{len(before) + 1:04}_lost_books.py"
    assert said.startswith(f"Written: {new} in ")
    assert '"""Lost books"""' in (folder / "versions" / new).read_text(encoding="utf-8")
