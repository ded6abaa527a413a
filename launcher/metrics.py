"""The folder where the processes of one machine put their figures for /metrics."""

import shutil
from pathlib import Path


def clear_metrics(folder: Path) -> None:
    """Make it empty: figures of processes that are gone would be counted again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
