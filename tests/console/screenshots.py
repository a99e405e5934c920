"""The pictures of the console in docs/images: `python -m tests.console.screenshots`."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.integration.brokers import any_broker
from tests.integration.browser import PHONE, chromium
from tests.integration.console_scene import Scene, scene
from tests.integration.harness import ROOT

IMAGES = ROOT / "docs" / "images"
SIZE = (1120, 760)
WAIT_SECONDS = 30


def main() -> None:
    """Play the scene, and take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with (
        any_broker() as broker,
        TemporaryDirectory() as folder,
        scene(broker.bootstrap, Path(folder), "vip") as one,
    ):
        one.play()
        url = one.open(show_personal_data=["local"])
        with chromium(SIZE) as browser:
            _take(browser, f"{url}/", "console-overview", "caught up")
            _take(browser, f"{url}/failures/{_letter(one)}", "console-letter", "What to do")
            _life(browser, url)
        with chromium(PHONE, dark=True) as browser:
            _take(browser, f"{url}/messages", "console-phone", "delivered")


def _letter(one: Scene) -> str:
    record = one.made.read("infobip_dead_letters")[0]
    return f"{record.partition()}-{record.offset()}"


def _take(browser: Chrome, url: str, name: str, words: str) -> None:
    browser.get(url)
    _save(browser, name, words)


def _life(browser: Chrome, url: str) -> None:
    browser.get(f"{url}/messages")
    Select(browser.find_element(By.NAME, "kind")).select_by_visible_text("message")
    browser.find_element(By.NAME, "what").send_keys("m1")
    browser.find_element(By.CSS_SELECTOR, "form[action='/messages'] button").click()
    _save(browser, "console-life", "Outcome")


def _save(browser: Chrome, name: str, words: str) -> None:
    WebDriverWait(browser, WAIT_SECONDS).until(lambda _: words in browser.find_element(By.TAG_NAME, "main").text, words)
    time.sleep(0.5)  # a chart is drawn once its page is there
    browser.save_screenshot(str(IMAGES / f"{name}.png"))


if __name__ == "__main__":
    main()
