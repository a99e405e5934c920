"""A console on a bad day: jobs paused while nobody runs, topics deleted under it, sessions gone, many tabs."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from selenium.webdriver.common.by import By

from schemas.records.states import JobState
from streams.console.passwords import hash_of
from tests.integration.brokers import Broker
from tests.integration.browser import chromium, complaints
from tests.integration.commands import call
from tests.integration.console_scene import Scene, scene
from tests.integration.events import event
from tests.integration.harness import QUICK, Corridor, make_topic, until
from tests.integration.test_console_pages import press, shown, wait

pytestmark = pytest.mark.kafka


def page(url: str) -> str:
    """The words of a page, between its tags."""
    answer = httpx.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))


def quiet(one: Scene) -> Scene:
    """The same scene with its export alone."""
    del one.made.configuration["jobs"][1:]
    return one


def heard(made: Corridor, name: str, state: Any) -> None:
    """Have a process say what it does."""
    at = datetime.now(UTC)
    said = JobState(job=made.name, instance=name, state=state, detail="", partitions=4, since=at, updated_at=at)
    producer = Producer(made.settings)
    topic = f"{made.name}.infobip_job_states"
    producer.produce(topic, key=f"{made.name}/{name}", value=said.model_dump_json())
    assert producer.flush(30) == 0


def test_a_job_that_is_paused_while_nobody_runs_is_shown_so_and_can_go_on(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with scene(broker.bootstrap, tmp_path, unique) as one:
        made = quiet(one).made
        assert call(made, "topics", "--create")
        assert call(made, "pause", unique).startswith(f"{unique}: paused: ")
        url = f"{one.open()}/jobs/{unique}"
        until(lambda: "paused by" in page(url), "the console says so")
        assert "Go on with the job in all processes" in page(url)
        # A process of a version that knows no pauses.

        def is_told() -> bool:
            heard(made, "old", "running")
            return "not heeded by old" in page(url)

        until(is_told, "and who does not heed it", 40)
        assert "Go on with the job in all processes" in page(url)
        assert call(made, "resume", unique).startswith(f"{unique}: resumed: ")
        until(lambda: "Pause the job in all processes" in page(url), "and that it goes on")
        assert "heeded" not in page(url)


def test_topics_that_are_deleted_and_made_anew_leave_the_console_alive(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with scene(broker.bootstrap, tmp_path, unique) as one:
        made = quiet(one).made
        worker = made.start(point=QUICK)
        made.publish([*(event(number) for number in range(20)), b"\xff"])
        url = one.open()
        until(lambda: "accepted 20" in page(url), "the console knows")
        until(lambda: "Not an event" in page(f"{url}/failures/list"), "and the letter")
        assert worker.stop() == 0
        admin = AdminClient(made.settings)
        names = [f"{unique}.infobip_{name}" for name in ("dead_letters", "flushes", "job_states", "summaries")]
        for done in admin.delete_topics([*names, made.topic]).values():
            done.result(30)
        for path in ("/", f"/jobs/{unique}", "/failures", "/failures/list", "/quota", "/replays"):
            page(url + path)
        assert httpx.get(f"{url}/failures/0-0", timeout=30).status_code in (404, 503)
        until(lambda: not {*names, made.topic} & admin.list_topics(timeout=30).topics.keys(), "they are gone")
        page(url)
        made.create_topic()
        made.start(point=QUICK)  # which makes its topics
        made.publish([event(number) for number in range(100, 107)])
        until(lambda: "Running" in page(url), "the console sees who runs")
        until(lambda: "accepted 7" in page(url) or "accepted 27" in page(url), "and what they do")
        assert "console_crashed" not in one.log()


def test_a_browser_with_many_tabs_opens_one_more(broker: Broker, tmp_path: Path, unique: str) -> None:
    """A browser has six connections to a server over HTTP/1.1, and each page that listens for news holds one."""
    with scene(broker.bootstrap, tmp_path, unique) as one, chromium() as browser:
        quiet(one)
        url = one.open()
        browser.set_page_load_timeout(20)
        for _ in range(9):
            browser.switch_to.new_window("tab")
            browser.get(url)
            assert "Overview" in shown(browser)
        for tab in browser.window_handles[1:]:
            browser.switch_to.window(tab)
            assert complaints(browser) == []
        quiet(one).made.publish([b"\xff"])
        one.made.start(point=QUICK)
        wait(browser, lambda: "undecodable 1" in shown(browser), "who comes back to a page sees news")


def test_whoever_is_signed_out_meanwhile_signs_in_and_comes_back(broker: Broker, tmp_path: Path, unique: str) -> None:
    with scene(broker.bootstrap, tmp_path, unique) as one, chromium() as browser:
        quiet(one)
        url = one.open(users={"ann": hash_of("open sesame")})
        browser.get(f"{url}/failures?job={unique}")
        sign_in(browser)
        wait(browser, lambda: "Failures" in shown(browser), "the page is shown")
        browser.delete_all_cookies()
        wait(browser, lambda: "Sign in" in shown(browser), "the page leads to where one signs in")
        sign_in(browser)
        wait(browser, lambda: "Failures" in shown(browser), "and comes back")
        assert browser.current_url == f"{url}/failures?job={unique}"


def test_a_page_says_when_its_console_is_gone_and_goes_on_with_the_next(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """What nobody keeps up to date must not look as if it were; and a new console knows nobody who was signed in."""
    with scene(broker.bootstrap, tmp_path, unique) as one, chromium() as browser:
        quiet(one)
        url = one.open(users={"ann": hash_of("open sesame")})
        browser.get(f"{url}/quota")
        sign_in(browser)
        wait(browser, lambda: "Quota" in shown(browser), "the page is shown")
        assert "does not answer" not in shown(browser)
        assert one.console is not None
        assert one.console.stop() == 0
        wait(browser, lambda: "does not answer" in shown(browser), "it says that nobody answers")
        again = one.made.start("--port", url.rpartition(":")[2], command="console")
        until(lambda: again.said("the console is at"), "another console begins")
        wait(browser, lambda: "Sign in" in shown(browser), "which does not know who it is")
        sign_in(browser)
        wait(browser, lambda: "Quota" in shown(browser), "and shows the page")


def sign_in(browser: Any) -> None:
    browser.find_element(By.NAME, "user").send_keys("ann")
    browser.find_element(By.NAME, "password").send_keys("open sesame")
    press(browser, "Sign in")


def test_words_of_others_are_words(broker: Broker, tmp_path: Path, unique: str) -> None:
    """Markup in whatever Infobip, an event or a writer of letters says is shown, and not done."""
    with scene(broker.bootstrap, tmp_path, unique) as one, chromium() as browser:
        made = quiet(one).made
        bad = "<img src=x onerror=document.title=1>\"'><script>document.title=2</script>{{7*7}}\r\nX: y"
        make_topic(AdminClient(made.settings), f"{unique}.infobip_dead_letters", 1)
        letter = {
            "job": bad,
            "reason": "rejected",
            "detail": bad,
            "topic": bad,
            "partition": 0,
            "offset": 7,
            "timestamp": None,
            "key": bad,
            "key_encoding": "utf-8",
            "value": orjson.dumps({bad: bad, "audience": bad}).decode(),
            "value_encoding": "utf-8",
            "headers": [{"name": bad, "value": bad, "encoding": "utf-8"}],
            "failed_at": datetime.now(UTC).isoformat(),
        }
        producer = Producer(made.settings)
        producer.produce(f"{unique}.infobip_dead_letters", value=orjson.dumps(letter))
        assert producer.flush(30) == 0
        url = one.open(show_personal_data=["local"])
        for path in ("/", "/failures", "/failures/0-0?show=1", "/failures/0-0"):
            browser.get(url + path)
            wait(browser, lambda: "<img" in shown(browser), f"it is shown on {path}")
            assert "infobip-streams" in browser.title
            assert complaints(browser) == []
