"""The console in a real browser: what its pages show, that all can use it, who may see what, and what it does."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from streams.console.passwords import hash_of
from tests.integration.brokers import Broker
from tests.integration.browser import PHONE, WIDE, barriers, chromium, complaints
from tests.integration.console_scene import EVENTS, MESSAGES, Scene, scene
from tests.integration.harness import until

pytestmark = pytest.mark.kafka

PATIENCE_SECONDS = 30


def shown(browser: Chrome, part: str = "main") -> str:
    """The words of a page."""
    return str(browser.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", part))


def wait(browser: Chrome, condition: Callable[[], bool], what: str) -> None:
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda _: condition(), what)


def open_page(browser: Chrome, url: str) -> str:
    """Open a page, and wait until the console knows what jobs did; the words of it."""
    browser.get(url)
    late = ("Reading what jobs tell", "Looking for letters", "being asked")
    wait(browser, lambda: not any(words in shown(browser) for words in late), "the console knows")
    return shown(browser)


def press(browser: Chrome, words: str) -> None:
    """Press the button of these words, and wait for the page behind it."""
    button = next(one for one in browser.find_elements(By.TAG_NAME, "button") if one.text == words)
    button.click()


def letter_of(one: Scene, reason: str) -> str:
    """The name of a dead letter."""
    record = next(r for r in one.made.read("infobip_dead_letters") if json.loads(r.value())["reason"] == reason)
    return f"{record.partition()}-{record.offset()}"


def test_pages_show_what_jobs_did_and_all_can_use_them(broker: Broker, tmp_path: Path, unique: str) -> None:
    with scene(broker.bootstrap, tmp_path, unique) as one:
        one.play()
        url = one.open()
        name = letter_of(one, "no_address")
        said = {
            "/": (unique, "Running", f"accepted {EVENTS - 40}", "no_address", "caught up"),
            f"/jobs/{unique}": ("upsert_persons", "207", "tag: VIP", "Partitions and owners", "done", "127.0.0.1"),
            "/failures": ("no_address", "undecodable", "Nobody to reach", "memberships"),
            f"/failures/{name}": ("Nobody to reach", "What to do", "default_region", '"action": "enter"'),
            "/messages": (f"enqueued {MESSAGES - 1} 100.0 %", f"delivered {MESSAGES - 2}", "replied 1", "0.36 EUR"),
            "/imports": ("the whole account", "Last run", "changes"),
            "/quota": ("upsert_persons", "5 a second", "207"),
            "/replays": ("Replays of this console",),
        }
        for size, dark in ((WIDE, False), (PHONE, True)):
            with chromium(size, dark=dark) as browser:
                for path, words in said.items():
                    text = re.sub(r"\s+", " ", open_page(browser, url + path))
                    assert [word for word in words if word not in text] == [], path
                    assert "example.com" not in text, path
                    assert complaints(browser) == [], path
                    assert barriers(browser) == [], path
                    width = browser.execute_script("return document.documentElement.scrollWidth")
                    assert width <= size[0], f"{path} is wider than the screen"
        assert one.console is not None
        assert one.console.stop() == 0
        assert "ERROR" not in one.log()


def test_pages_are_live_and_leave_those_alone_who_use_the_keyboard(broker: Broker, tmp_path: Path, unique: str) -> None:
    with scene(broker.bootstrap, tmp_path, unique) as one, chromium() as browser:
        one.play()
        open_page(browser, one.open() + "/")
        wait(browser, lambda: f"accepted {EVENTS - 40}" in shown(browser), "all is shown")
        browser.switch_to.active_element.send_keys(Keys.TAB)
        assert browser.switch_to.active_element.text == "Skip to the content"
        browser.switch_to.active_element.send_keys(Keys.ENTER)
        browser.switch_to.active_element.send_keys(Keys.TAB)
        focused = browser.switch_to.active_element.get_attribute("outerHTML") or ""
        browser.execute_script("window.stayed = true")
        one.made.publish([b"\xfe not text"])
        until(lambda: len(one.made.dead_letters()) == 5, "one more is buried")
        # Whoever is at something is not disturbed; once they leave it, the news come.
        assert (browser.switch_to.active_element.get_attribute("outerHTML") or "")[:80] == focused[:80]
        browser.execute_script("document.activeElement.blur()")
        wait(browser, lambda: "undecodable 2" in shown(browser), "the page shows it by itself")
        assert browser.execute_script("return window.stayed") is True


def test_a_replay_is_looked_at_then_published_and_ends_where_the_event_came_from(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with scene(broker.bootstrap, tmp_path, unique) as one, chromium() as browser:
        one.play()
        url = one.open()
        (bad,) = [letter for letter in one.made.dead_letters() if letter.reason == "undecodable"]
        before = {number: len(found) for number, found in one.made.offsets_published().items()}
        open_page(browser, f"{url}/failures/{letter_of(one, 'undecodable')}")
        press(browser, "Replay this letter: look first")
        wait(browser, lambda: "Dry run: nothing was published yet" in shown(browser), "it was looked")
        assert "1 would be published" in shown(browser)
        assert {number: len(found) for number, found in one.made.offsets_published().items()} == before
        browser.find_element(By.NAME, "rate").send_keys("5")
        press(browser, "Publish them")
        wait(browser, lambda: "1 published" in shown(browser), "it is published")
        until(lambda: len(one.made.dead_letters()) == 5, "it is read again, and is still none")
        after = {number: len(found) for number, found in one.made.offsets_published().items()}
        assert bad.partition is not None
        assert after == {**before, bad.partition: before[bad.partition] + 1}
        again = [letter for letter in one.made.dead_letters() if letter.reason == "undecodable"]
        assert {(letter.value, letter.key, letter.partition) for letter in again} == {
            (bad.value, bad.key, bad.partition)
        }
        (mark,) = [json.loads(record.value()) for record in one.made.read("infobip_replays")]
        assert mark["by"] == "local"
        assert "console_replayed user=local letters=1 job=any" in one.log()


def test_a_filtered_set_is_replayed_once(broker: Broker, tmp_path: Path, unique: str) -> None:
    with scene(broker.bootstrap, tmp_path, unique) as one, chromium() as browser:
        one.play()
        url = one.open()
        for expected in ("3 published", "3 left out: replayed before"):
            open_page(browser, f"{url}/failures")
            Select(browser.find_element(By.NAME, "reason")).select_by_visible_text("no_address")
            press(browser, "Look")
            wait(browser, lambda: "Not an event" not in shown(browser), "only those of the reason are shown")
            one.made.configuration["jobs"] = one.made.configuration["jobs"][:1]
            press(browser, "Replay all that are meant: look first")
            wait(browser, lambda: "Dry run" in shown(browser), "it was looked")
            if "published" in expected:
                for worker in one.made.workers[:1]:
                    worker.stop()  # what comes back is not read again, so that the second time all were replayed
                press(browser, "Publish them")
            wait(browser, lambda said=expected: said in shown(browser), expected)  # type: ignore[misc]
        assert len(one.made.read("infobip_replays")) == 3


def test_personal_data_is_seen_by_whom_may_and_looking_is_written_down(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with scene(broker.bootstrap, tmp_path, unique) as one:
        one.play()
        users = {"ann": hash_of("open sesame"), "bob": hash_of("open sesame")}
        url, name = one.open(users=users, show_personal_data=["ann"]), letter_of(one, "no_address")
        for user, sees in (("ann", True), ("bob", False)):
            with chromium() as browser:
                browser.get(f"{url}/failures/{name}?show=1")
                browser.find_element(By.NAME, "user").send_keys(user)
                browser.find_element(By.NAME, "password").send_keys("open sesame")
                press(browser, "Sign in")
                wait(browser, lambda: "Dead letter" in shown(browser), "the letter is shown")
                assert ("nowhere" in shown(browser)) is sees
                open_page(browser, f"{url}/messages")
                Select(browser.find_element(By.NAME, "kind")).select_by_visible_text("address")
                browser.find_element(By.NAME, "what").send_keys("+44 7700 900101")
                if sees:
                    browser.find_element(By.NAME, "show").click()
                press(browser, "Show")
                wait(browser, lambda: "Handed to Infobip" in shown(browser), "the life is shown")
                steps = [step.text for step in browser.find_elements(By.CSS_SELECTOR, ".steps strong")]
                assert steps == [
                    "Handed to Infobip",
                    "Reported",
                    "Seen",
                    "Clicked",
                    "Answered",
                    "Outcome",
                ]
                assert ("yes please" in shown(browser)) is sees
                assert "900101" not in browser.current_url
                assert complaints(browser) == []
        said = one.log()
        assert f"personal_data_seen user=ann what=dead letter {name}" in said
        assert "personal_data_seen user=ann what=life of one address" in said
        assert "user=bob what=" not in said
        assert "nowhere" not in said
        assert "900101" not in said
        assert "sesame" not in said
