"""Chromium without a window, and what an accessibility check finds in it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.integration.harness import ROOT

#: Where `make sdks` installs npm packages that only tests need.
AXE = ROOT / ".cache" / "sdks" / "node_modules" / "axe-core" / "axe.min.js"
#: The rules of the Web Content Accessibility Guidelines, A and AA.
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
WIDE, PHONE = (1280, 900), (390, 844)


@contextmanager
def chromium(size: tuple[int, int] = WIDE, *, dark: bool = False) -> Iterator[Chrome]:
    """A browser of this size, which prefers dark pages or light ones."""
    program, driver = which("chromium"), which("chromedriver")
    if program is None or driver is None:
        missing = "needs Debian's chromium and chromium-driver"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    options = ChromeOptions()
    options.binary_location = program
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-proxy-server",
        f"--window-size={size[0]},{size[1]}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=Service(driver))
    try:
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False},
        )
        yield browser
    finally:
        browser.quit()


def complaints(browser: Chrome) -> list[str]:
    """What the browser complained of: what the policy forbids, errors of scripts, files that are missing."""
    logged: list[Any] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return [str(line["message"]) for line in logged if line["level"] in ("SEVERE", "WARNING")]


def barriers(browser: Chrome) -> list[str]:
    """What keeps people from using a page, by axe-core: its serious and critical findings. Nothing without it."""
    if not AXE.is_file():
        assert not os.environ.get("CI"), f"{AXE} is not there: make sdks"
        return []
    # Not as a script of the page, which its policy forbids.
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text()})
    rules = json.dumps({"runOnly": {"type": "tag", "values": RULES}})
    asked = {"expression": f"axe.run(document, {rules})", "awaitPromise": True, "returnByValue": True}
    found: Any = browser.execute_cdp_cmd("Runtime.evaluate", asked)["result"]["value"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
