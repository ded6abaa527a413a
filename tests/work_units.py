"""Which tests one process of a run in parts takes together, and which of them begin first.

A file stays together. So do files that share what is dear to start: a demo is begun once for all of them, not once in
each process. What takes longest begins first, so that no process is left alone with it at the end.
"""

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

TOGETHER = {
    "tests/launcher/test_start_and_end.py": "a checkout",
    "tests/launcher/test_open_school.py": "a checkout",
    "tests/browser/test_every_page.py": "tests/browser/test_every_page.py",
    "tests/browser/": "a demo",
    "tests/flows/": "a demo",
}  # the first beginning that fits
LONGEST_FIRST = (
    "a demo",
    "a checkout",
    "tests/matrix/",
    "tests/browser/",
    "tests/attack/test_crawl.py",
    "tests/launcher/",
    "tests/workers/",
    "tests/sms_gateway/",
    "tests/seeds/",
    "tests/attack/",
    "tests/peers/",
    "tests/console/",
    "tests/imports/",
)


def unit_of(nodeid: str) -> str:
    """The unit of a test: the name of what its file shares, or the file."""
    file = nodeid.split("::", 1)[0]
    return next((unit for beginning, unit in TOGETHER.items() if file.startswith(beginning)), file)


def place_of(unit: str) -> int:
    """When the unit's turn comes."""
    return next((place for place, one in enumerate(LONGEST_FIRST) if unit.startswith(one)), len(LONGEST_FIRST))


class InUnits(LoadFileScheduling):
    """`--dist loadfile`, by our units."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=place_of), last=False)
        super()._assign_work_unit(node)
