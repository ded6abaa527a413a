"""First paint on a cheap phone with a slow line: Chromium throttled as its developer tools' “Slow 3G” and 4× CPU."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS, PHONE, chromium
from tests.running import running_school
from tests.support import DEMO_PASSWORD

SLOW_3G = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # ms, octets/s
PAGES = (
    ("sign-in", "", "/login/"),
    ("start of a parent", "parent", "/"),
    ("list of marks", "teacher", "/records/mark/"),
)
PAINTED = """() => Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1)"""


def run() -> list[str]:
    """Lines to print; a minute or two."""
    if chromium() is None:
        return ["(f) first paint: left out, there is no Chromium"]
    with (
        tempfile.TemporaryDirectory() as folder,
        running_school(Path(folder) / "var") as school,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        lines = [_visits(browser, school.url, *page) for page in PAGES]
        browser.close()
    return ["(f) slow 3G (400 kbit/s, 2 s there and back), CPU at a quarter, 360 px", *lines]


def _visits(browser: Browser, url: str, name: str, person: str, path: str) -> str:
    context = browser.new_context(viewport=PHONE, locale="ru-RU")  # type: ignore[arg-type]
    if person:
        _sign_in(context.new_page(), url, person)
        kept = context.storage_state()
        context.close()
        context = browser.new_context(viewport=PHONE, locale="ru-RU", storage_state=kept)  # type: ignore[arg-type]
    said = [_visit(context.new_page(), url + path) for _ in ("first", "second")]
    context.close()
    first, second = said
    return (
        f"    {name}: first visit painted after {first[0] / 1000:.1f} s, {first[1] / 1000:.0f} kB over the wire; "
        f"second {second[0] / 1000:.1f} s, {second[1] / 1000:.0f} kB"
    )


def _visit(page: Page, address: str) -> tuple[int, int]:
    """Milliseconds to the first contentful paint, and octets received with headers."""
    wire = page.context.new_cdp_session(page)
    received: list[float] = []
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW_3G)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    wire.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
    page.goto(address, wait_until="networkidle", timeout=120_000)
    painted = int(page.evaluate(PAINTED))
    page.close()
    return painted, int(sum(received))


def _sign_in(page: Page, url: str, person: str) -> None:
    page.goto(url + "/login/")
    page.fill("[name=username]", person)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "login" not in address)
