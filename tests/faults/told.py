"""Messages on every channel, and all that comes back of them: it adds up to what Infobip told, and comes soon."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import httpx

from schemas.content import CHANNEL_NAMES
from streams.receiver.identities import digest
from streams.simulator import SimulatorOptions
from streams.simulator.feedback.reports import Report
from tests.contents import CONTENTS, send_job
from tests.faults.arena import Arena, Row, let_pass
from tests.faults.feedback import REPORTS, counted, read_json
from tests.integration.commands import call
from tests.integration.harness import Corridor, SimulatorThread, until
from tests.integration.reporting import with_webhooks

CLICKS, INBOUND, CONSENTS = "infobip_clicks", "infobip_inbound_messages", "infobip_consents"
#: Records bear the time at which the broker had them: they can be read from then on.
WHEN_THERE = {"message.timestamp.type": "LogAppendTime"}
LINK = "https://example.com/offer"
#: Who sends and can be answered where that takes a number.
NUMBER = "447860099299"
OF_NUMBERS = frozenset({"sms", "lms", "mms", "whatsapp_text", "whatsapp_template"})
#: So many enter on each channel a second, and so many at once.
A_SECOND, STEP = 20, 10
#: In so many emails there are one who unsubscribes and one who complains.
EMAILS_TO_LEAVE = 30
#: What our records call what Infobip tells.
KINDS = {"CLICKED": "click", "OPENED": "open"}
REASONS = {"unsubscribe": "unsubscribe", "complaint": "complaint"}

Counts = Counter[tuple[str, str]]


def all_told(arena: Arena) -> Row:
    """Ten jobs, one a channel; of their messages a third are seen, a tenth clicked, a twentieth answered."""
    each = arena.size(60, 10_000)
    options = SimulatorOptions(limits=None, report_delay_seconds=0.2, fates=tuple(fates()))
    with arena.scene(options) as (infobip, made):
        made.configuration["jobs"] = [*map(partial(_job, made.topic), CHANNEL_NAMES)]
        topics = dict.fromkeys((REPORTS, CLICKS, INBOUND, CONSENTS), WHEN_THERE)
        made.configuration["kafka"]["topics"] = {"settings": {topic: dict(one) for topic, one in topics.items()}}
        with_webhooks(made, hmac={"header": options.hmac_header})
        call(made, "webhooks", "--subscribe")
        posts, worker = Posts(infobip), made.start()
        _publish(made, each)
        until(lambda: counted(infobip, "made") >= each * len(CHANNEL_NAMES), "all have their reports", 900)
        leave = _leave(infobip)
        until(lambda: counted(infobip, "pending") == 0, "all is told", 300)
        assert worker.stop() == 0
        for end in ("dropped", "nowhere", "pulled"):
            assert counted(infobip, end) == 0, f"not everything was told: {end}"
        told, records = told_by(infobip), Records(made)
        assert records.counts == told, f"{records.counts - told} too many, {told - records.counts} too few"
        assert records.answers_out == told_to_stop(infobip)
        assert leave > 0
        waited = records.waited(posts)
    return Row(
        f"{each:,} messages on each of {len(CHANNEL_NAMES)} channels, {A_SECOND} a second: {_in_words(told)}",
        f"{records.total:,} records in four topics, as many of each as Infobip told; from its post until readable "
        f"{_quantile(waited, 0.5):.0f} ms (p50), {_quantile(waited, 0.99):.0f} ms (p99), {max(waited):.0f} ms at most",
    )


def _publish(made: Corridor, each: int) -> None:
    """Have people enter at a pace at which nobody waits for a processor."""
    began = time.monotonic()
    for number in range(0, each, STEP):
        made.publish(event for one in range(number, min(number + STEP, each)) for event in events(one))
        let_pass(max(0.0, began + number / A_SECOND - time.monotonic()))


def fates() -> Iterator[str]:
    """What becomes of messages, by the last two digits of where they go."""
    for ending in range(100):
        seen, clicks, answers = ending % 3 == 0, int(ending % 10 == 1), ending % 20 == 7
        reply = ("YES" if ending % 40 == 7 else "STOP") if answers else ""
        yield f"*{ending:02}=delivered,seen={str(seen).lower()},clicks={clicks},reply={reply}"


def events(number: int) -> Iterator[dict[str, Any]]:
    """One enter for each channel, each with an address of its own."""
    for place, channel in enumerate(CHANNEL_NAMES):
        who = f"{channel}-{number:07}"
        profile = {"phone": f"+4479{place}{number:07}", "email": f"{who}@example.com", "name": f"Name {number}"}
        yield {"event_id": f"e-{number}", "action": "enter", "audience": channel, "profile_id": who, "profile": profile}


def _job(topic: str, channel: str) -> dict[str, Any]:
    job = send_job(channel, topic, channel)
    content: Any = {**CONTENTS[channel]}
    if channel == "kakao_alim":  # it tracks no links
        return job
    if channel == "whatsapp_template":
        content["body"] = [LINK]
    elif channel == "mms":
        content["segments"] = [{"type": "text", "text": LINK}]
    else:
        content["text"] = f"Hi {{{{name}}}} {LINK}"
    sender = {"sender": NUMBER} if channel in OF_NUMBERS else {}
    return {**job, **sender, "content": {"channel": channel, **content}, "url_options": {"track_clicks": True}}


def _leave(infobip: SimulatorThread) -> int:
    """Have some who got an email unsubscribe, and others complain; how many did."""
    emails = [one for one in infobip.do(lambda: list(infobip.simulator.outbox.messages)) if one.channel == "email"]
    acts = ("unsubscribe", "complain")
    for act, sent in [(act, sent) for place, act in enumerate(acts) for sent in emails[place::EMAILS_TO_LEAVE]]:
        said = {"act": act, "message_id": sent.message_id}
        assert httpx.post(f"{infobip.url}/simulator/acts", json=said).status_code == 200
    return len(emails)


def told_by(infobip: SimulatorThread) -> Counts:
    """How many of each channel and kind were taken by the receiver, as Infobip counts them."""
    rows = infobip.do(lambda: list(infobip.simulator.office.ledger.rows()))
    return Counter({(row["channel"], row["kind"]): row["acknowledged"] for row in rows if row["acknowledged"]})


def told_to_stop(infobip: SimulatorThread) -> int:
    """How many answers were a word by which people opt out."""
    messages = infobip.do(lambda: list(infobip.simulator.outbox.messages))
    counts = told_by(infobip)
    answered = {channel for channel, kind in counts if kind == "inbound"}
    return sum(sent.channel in answered and sent.fate.reply == "STOP" for sent in messages)


class Posts:
    """When the simulated Infobip first posted each of its reports, in Unix seconds."""

    def __init__(self, infobip: SimulatorThread) -> None:
        self.at: dict[tuple[str, str], float] = {}
        self._outbox = infobip.simulator.outbox
        ledger: Any = infobip.simulator.office.ledger
        self._posting = ledger.posting
        ledger.posting = self._post

    def _post(self, report: Report) -> None:
        if report.inbound is not None:
            name = digest("inbound", report.inbound.message_id)
        else:
            name = self._outbox.messages[report.place or 0].message_id
        self.at.setdefault((name, report.kind), time.time())
        self._posting(report)


class Records:
    """All records of what came back: how many of each channel and kind, each counted once by its id."""

    def __init__(self, made: Corridor) -> None:
        self.counts: Counts = Counter()
        self.answers_out = self.total = 0
        self._there: dict[tuple[str, str], float] = {}
        self._take(made.read(REPORTS), "report_id", "message_id", lambda told: str(told["event"]))
        self._take(made.read(CLICKS), "click_id", "message_id", lambda told: KINDS[told["notification_type"]])
        self._take(made.read(INBOUND), "inbound_id", "inbound_id", lambda _: "inbound")
        for told in map(read_json, made.read(CONSENTS)):
            self.total += 1
            assert told["state"] == "out"
            if told["reason"] == "keyword":
                self.answers_out += 1
            else:
                self.counts[told["channel"], REASONS[told["reason"]]] += 1

    def _take(self, records: Iterable[Any], identity: str, name: str, kind_of: Any) -> None:
        known = set[str]()
        for record in records:
            told = read_json(record)
            self.total += 1
            if told[identity] in known:
                continue
            known.add(told[identity])
            kind = kind_of(told)
            self.counts[told["channel"], kind] += 1
            self._there[told[name], kind] = record.timestamp()[1]

    def waited(self, posts: Posts) -> list[float]:
        """Milliseconds from each first post until its record was there, the shortest first."""
        return sorted(there - posts.at[what] * 1000 for what, there in self._there.items())


def _quantile(waited: list[float], part: float) -> float:
    return waited[int(part * (len(waited) - 1))]


def _in_words(told: Mapping[tuple[str, str], int]) -> str:
    kinds = Counter[str]()
    for (_, kind), number in told.items():
        kinds[kind.replace("_", " ")] += number
    return ", ".join(f"{kind} {number:,}" for kind, number in kinds.most_common())
