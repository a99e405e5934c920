"""Events of people who come and go, and what Infobip must hold of them: people, a shared tag, and messages."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.arena import let_pass
from tests.integration.harness import SimulatorThread, until

if TYPE_CHECKING:
    from tests.faults.duet import Duet

AUDIENCES = ("vip", "gold")
#: Both audiences have this one tag: who leaves one and is in the other keeps it.
TAG = "VIP"
PATIENCE_SECONDS = 180.0
#: Nothing more comes when all has been committed for so long.
QUIET_SECONDS = 25.0
LOOK_SECONDS = 0.25
#: The numbers of people who come once are higher than those of people who come and go.
NEWCOMER = 1_000_000

Event = dict[str, Any]


@dataclass
class Model:
    """What must be true of Infobip after the events so far. Each event has a mark of its own, which its message says.

    `ids` is the share of events that bring an id.
    """

    chance: random.Random
    people: int = 300
    ids: float = 0.5
    audiences: Sequence[str] = AUDIENCES
    number: int = 0
    names: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    messages: set[str] = field(default_factory=set)
    #: Marks that may be acted upon and need not be.
    perhaps: set[str] = field(default_factory=set)
    _first: int = 0
    _newcomers: int = 0

    def next(self, count: int) -> list[Event]:
        """So many more events that count: enters, re-entries and exits of the same people."""
        return self.count(self._any() for _ in range(count))

    def _any(self) -> Event:
        action = self.chance.choice(("enter", "enter", "exit"))
        who = self._first + self.chance.randrange(self.people)
        return self.made(action, who, self.chance.choice(self.audiences))

    def other_people(self) -> None:
        """Have other people come and go from now on; those before them stay where they are."""
        self._first += self.people

    def newcomers(self, count: int) -> list[Event]:
        """Enters, which do not count yet, of people who never came before and never will again."""
        first, self._newcomers = self._newcomers, self._newcomers + count
        return [
            self.made("enter", NEWCOMER + who, self.chance.choice(self.audiences))
            for who in range(first, first + count)
        ]

    def everybody_leaves(self) -> list[Event]:
        """Exits that count of all who are in: afterwards nobody has the tag."""
        staying = [(email, audience) for email, audiences in self.members.items() for audience in sorted(audiences)]
        return self.count(
            [self.made("exit", int(email[1:].partition("@")[0]), audience) for email, audience in staying]
        )

    def made(self, action: str, who: int, audience: str) -> Event:
        """An event that does not count yet."""
        mark = f"Mark{self.number}"
        self.number += 1
        profile = {"email": f"p{who}@example.com", "phone": f"+44790{who:07d}", "first": mark}
        event = {"action": action, "audience": audience, "profile_id": f"u-{who}", "profile": profile}
        return {**event, "event_id": f"e-{mark}"} if self.chance.random() < self.ids else event

    def count(self, events: Iterable[Event], *, exported: bool = True) -> list[Event]:
        """Have these events count, in this order, and return them; those not `exported` for the send only."""
        counted = list(events)
        for event in counted:
            email, mark = event["profile"]["email"], event["profile"]["first"]
            if event["action"] == "enter":
                self.messages.add(mark)
            if not exported:
                continue
            audiences = self.members.setdefault(email, set())
            if event["action"] == "enter":
                self.names[email] = mark
                audiences.add(event["audience"])
            else:
                audiences.discard(event["audience"])
        return counted

    # --- what is seen ---------------------------------------------------------------------------------------------

    def wrong(self, infobip: SimulatorThread, *, for_good: bool = False) -> list[str]:
        """Everything that is not as it must be, nothing when all is well; or only what no time mends."""
        said = messages_said(infobip)
        found = [
            (said.total() - len(said), "messages went out twice"),
            (len(said.keys() - self.messages - self.perhaps), "people were messaged who should not be"),
        ]
        if not for_good:
            found.append((len(self.messages - said.keys()), "people were never messaged"))
            found += self._people_wrong(infobip)
        return [f"{count} {what}" for count, what in found if count]

    def _people_wrong(self, infobip: SimulatorThread) -> list[tuple[int, str]]:
        people = {email: person["firstName"] for email, person in infobip.people().items()}
        tagged = {email for email, audiences in self.members.items() if audiences}
        found = infobip.tagged(TAG)
        if self.perhaps:  # whoever it was may have come, under that name, and been tagged
            uncertain = {email for email, name in people.items() if name in self.perhaps}
            people, found = {key: name for key, name in people.items() if key not in uncertain}, found - uncertain
        keys = people.keys() | self.names.keys()
        different = sum(people.get(key) != self.names.get(key) for key in keys)
        return [
            (different, f"of {len(keys)} people are not there, or not as their last event says"),
            (len(found - tagged), "people are tagged who should not be"),
            (len(tagged - found), "people have lost their tag, or never got it"),
        ]

    def settle(
        self, made: "Duet", infobip: SimulatorThread, seconds: float = PATIENCE_SECONDS, *, committed: bool = True
    ) -> None:
        """Wait until everything is as it must be, then until all is committed, too; fail with what is wrong.

        It fails at once with what no time mends, and soon when all is committed, so that nothing more will come.
        """
        began = moved = time.monotonic()
        while (wrong := self.wrong(infobip)) and time.monotonic() - began < seconds:
            if for_good := self.wrong(infobip, for_good=True):
                wrong = for_good
                break
            if time.monotonic() - moved > QUIET_SECONDS:
                break
            assert made.alive, f"no process runs any more, see {made.workers[-1].log}"
            let_pass(LOOK_SECONDS)
            if made.behind():
                moved = time.monotonic()
        waited = time.monotonic() - began
        assert not wrong, f"after {waited:.0f} s {', '.join(wrong)} ({made.behind()} to commit); see {made.folder}"
        if committed:
            until(lambda: made.behind() == 0, f"all events are committed; see {made.folder}", seconds)

    def check(self, made: "Duet", infobip: SimulatorThread) -> None:
        """Fail unless everything is as it must be for good, and told: every event, every message."""
        wrong = self.wrong(infobip)
        assert not wrong, f"{', '.join(wrong)}; see {made.folder}"
        assert made.untold() == 0, f"{made.untold()} events were not told of; see {made.folder}"
        told = made.messages_told()
        sent = {message.message_id for message in infobip.do(lambda: list(infobip.simulator.outbox.messages))}
        assert sent <= told.keys(), f"{len(sent - told.keys())} messages were not told of"
        false = {one for one, status in told.items() if status == "enqueued"} - sent
        assert not false, f"{len(false)} messages are told of that were never sent"


def marks(events: Iterable[Event]) -> set[str]:
    """What tells these events apart."""
    return {event["profile"]["first"] for event in events}


def acted_upon(infobip: SimulatorThread) -> set[str]:
    """The marks of all events that Infobip has seen something of."""
    return {*messages_said(infobip), *(person["firstName"] for person in infobip.people().values())}


def messages_said(infobip: SimulatorThread) -> Counter[str]:
    """How often each text was sent."""
    return Counter(infobip.do(lambda: [one.content["text"] for one in infobip.simulator.outbox.messages]))
