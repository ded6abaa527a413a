"""A worker that is killed when an import is written but not committed; started by test_imports.py."""

import os
import signal
import sys

from workers import imports


def _apply_and_die(*given: object) -> None:
    apply_run(*given)
    os.kill(os.getpid(), signal.SIGKILL)


apply_run = imports.apply_run
if __name__ == "__main__":
    imports.apply_run = _apply_and_die  # type: ignore[assignment]
    imports.run_import(int(sys.argv[1]))
