"""The launcher's command line: a whole school, or one process or task of it."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (who has an older one shall read this)
    sys.exit("Zvonok needs Python 3.11 or newer.")

try:
    from launcher.commands import main
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name} is missing: start with `make run`, which installs what is needed.")

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
