"""Jobs that have something to show, and their console in a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from schemas.config.history import History
from streams.history.schema import migrate
from tests.integration.events import event
from tests.integration.harness import QUICK, Corridor, Worker, corridor, until
from tests.integration.importing import Crowd
from tests.integration.keeping import Keeping, outcome
from tests.integration.tracking import answer, click, message, now, report

ADDRESS = "the console is at "
EVENTS, PEOPLE, MESSAGES = 400, 40, 20


class Scene:
    """An export with dead letters, an import, and messages in a history; and the console over them."""

    def __init__(self, made: Corridor, infobip: Crowd, url: str) -> None:
        self.made, self.infobip = made, infobip
        name = made.name
        made.configuration["history"] = {"url": url}
        made.configuration["jobs"] = [
            made.job(name, flush={"max_events": 100, "max_seconds": 0.3}),
            {
                "name": f"{name}-contacts",
                "kind": "import_contacts",
                "authorization": "main",
                "keep_updated": True,
                "every_seconds": 2,
            },
            {"name": f"{name}-history", "kind": "store_history", "topics": []},
        ]
        self.history = History.model_validate({"url": url})
        self.console: Worker | None = None

    def play(self) -> None:
        """Have all of it happen."""
        migrate(self.history)
        self.infobip.create(range(PEOPLE))
        self.made.start(point=QUICK)
        bad = [event(9000 + number, email=f"nowhere{number}") for number in range(3)]
        self.made.publish([*(event(number) for number in range(EVENTS)), *bad, b"\xff not text"])
        whole = deepcopy(self.made.configuration)
        keeping = Keeping(self.made, self.history.url.get_secret_value())
        self.made.configuration = whole  # it makes the file one of its job alone
        self.tell(keeping)
        until(lambda: len(self.made.dead_letters()) == 4, "what cannot be used is buried")
        until(lambda: keeping.count("messages") == MESSAGES, "messages are in the history")
        until(lambda: keeping.count("message_outcomes") == 1, "and all that became of them")
        until(lambda: keeping.count("inbound_messages") == 1, "and answers")
        until(lambda: keeping.count("unified_url_tracking") == 1, "and clicks")
        until(lambda: keeping.count("sms_delivery_reports") == MESSAGES - 2, "and reports")
        keeping.close()

    def tell(self, keeping: Keeping) -> None:
        """Messages, of which most are delivered, one is seen, clicked and answered, and one was not taken."""
        told = [message(f"m{number}", to=f"4477009001{number:02}") for number in range(MESSAGES - 1)]
        told.append(message("m-refused", status="enqueue_failed", error="no", message_status="Error: Invalid request"))
        told += [
            report(f"m{number}", to=f"4477009001{number:02}", price_per_message=0.02, price_currency="EUR")
            for number in range(MESSAGES - 2)
        ]
        told.append(report("m1", event="seen", report_id="s1", seen_at=now(), channel="rcs"))
        told.append(click("m1", "https://example.com/offer"))
        told.append(answer("447700900101", "yes please", reply_to="m1"))
        told.append(outcome("m1", reply="yes please"))
        keeping.tell(*told)

    def open(self, *options: str, **settings: Any) -> str:
        """Start the console, with these settings of it; its address."""
        if settings:
            self.made.configuration["console"] = settings
        self.console = self.made.start("--port", "0", *options, command="console")
        until(lambda: self.console is not None and self.console.said(ADDRESS), "the console listens")
        line = next(line for line in self.console.log.read_text().splitlines() if ADDRESS in line)
        return line.partition(ADDRESS)[2].strip().rstrip("/")

    def log(self) -> str:
        """What the console logged."""
        return "" if self.console is None else self.console.log.read_text()


@contextmanager
def scene(broker: str, folder: Path, name: str) -> Iterator[Scene]:
    """A scene that is yet to be played."""
    with Crowd() as infobip, corridor(broker, infobip.url, folder, name) as made:
        yield Scene(made, infobip, f"sqlite:///{folder}/history.db")
