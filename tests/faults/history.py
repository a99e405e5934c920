"""Who enters and who leaves: a random history, what Infobip must hold after it, and whether it does."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.integration.harness import Corridor, SimulatorThread

AUDIENCES = ("vip", "gold")
#: Both audiences have this one tag: so the state that a restart must read back is part of the proof.
TAG = "VIP"
OPTIONS: dict[str, Any] = {
    "audiences": list(AUDIENCES),
    "tag": TAG,
    "map_fields": {"first": "firstName"},
    "flush": {"max_events": 100, "max_seconds": 1},
}

Event = dict[str, Any] | bytes


@dataclass
class History:
    """Events as they come, and what must be true of Infobip after all of those so far."""

    chance: random.Random
    profiles: int = 4000
    events: int = 0
    hopeless: int = 0
    names: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)

    def next(self, count: int) -> list[Event]:
        """So many more events: enters, exits, re-entries, some without an address, some not events at all."""
        return [self._event() for _ in range(count)]

    def _event(self) -> Event:
        number, chance = self.events, self.chance
        self.events += 1
        if number % 500 == 0:
            self.hopeless += 1
            return b"not an event"
        who = chance.randrange(self.profiles)
        email, first = f"p{who}@example.com", f"Name{number}"
        action, audience = chance.choice(["enter", "enter", "exit"]), chance.choice(AUDIENCES)
        event = {"action": action, "audience": audience, "profile_id": f"u-{who}"}
        if chance.random() < 0.02:
            self.hopeless += 1
            return {**event, "profile": {"email": "nowhere", "first": first}}
        audiences = self.members.setdefault(email, set())
        if action == "enter":
            self.names[email] = first
            audiences.add(audience)
        else:
            audiences.discard(audience)
        return {**event, "profile": {"email": email, "first": first}}

    def check(self, made: Corridor, infobip: SimulatorThread) -> None:
        """Fail unless Infobip holds what it must, and each event ended in an outcome or a dead letter."""
        people = {email: person["firstName"] for email, person in infobip.people().items()}
        assert people == self.names, f"{_differing(people, self.names)} people differ from the model"
        tagged = {email for email, audiences in self.members.items() if audiences}
        found = infobip.tagged(TAG)
        assert found == tagged, f"{len(found ^ tagged)} people are tagged wrongly"
        assert made.offsets_told() == made.offsets_published(), "not every event was told of"
        letters = {(letter.partition, letter.offset) for letter in made.dead_letters()}
        assert len(letters) == self.hopeless, f"{len(letters)} events in dead letters, not {self.hopeless}"


def _differing(ours: dict[str, str], theirs: dict[str, str]) -> int:
    return sum(ours.get(key) != theirs.get(key) for key in ours.keys() | theirs.keys())
