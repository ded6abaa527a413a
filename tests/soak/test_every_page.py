"""The pages of the accounts that `make test` leaves out, walked through in the same way."""

import pytest

from tests.browser.conftest import Open, browser, school, sign_in
from tests.browser.crawl import Crawl
from tests.browser.test_every_page import OTHERS
from tests.running import RunningSchool

__all__ = ["browser", "school", "sign_in"]


@pytest.fixture(scope="module")
def crawl(running_demo: RunningSchool) -> Crawl:
    return Crawl(running_demo.url)


@pytest.mark.parametrize("person", OTHERS)
def test_no_page_has_a_fault(sign_in: Open, crawl: Crawl, person: str) -> None:
    crawl.faults.clear()

    crawl.go(sign_in(person), person)

    assert crawl.faults == []
