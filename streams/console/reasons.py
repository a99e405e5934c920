"""What each reason of a dead letter means, and what to do about it. Quiet."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.records.outcomes import Reason


@dataclass(frozen=True, slots=True)
class Meaning:
    """A reason in words."""

    title: str
    means: str
    advice: str


MEANINGS: Mapping[Reason, Meaning] = {
    "undecodable": Meaning(
        "Not an event",
        "The bytes that were read are no record that this job understands: not JSON, or without what an event needs. "
        "Of people read from Infobip: a person in a form that nobody published.",
        "Read what the letter says is wrong, and have whoever writes to the topic mend it. A replay of the same bytes "
        "ends the same way, unless this service was brought up to date meanwhile. What looks like Avro or Protobuf "
        "needs a converter before it.",
    ),
    "no_address": Meaning(
        "Nobody to reach",
        "The event is well, and its profile has no email and no phone number that can be used. The letter says which "
        "of them was found, and what is wrong with it.",
        "Mend the profile where it comes from, and publish the event anew. Numbers without a country code are read "
        "once the job has a default_region: then a replay helps.",
    ),
    "rejected": Meaning(
        "Refused by Infobip",
        "Infobip, or a limit that it publishes, refused this item alone; all others of its call were taken. Its code "
        "and words are shown above.",
        "Look up the code at Infobip. If the account or the job was wrong (a sender that was not registered, a "
        "template that was not approved, an attribute that does not exist), mend that and replay. If the person's data "
        "is wrong, mend it where it comes from.",
    ),
    "unreadable_report": Meaning(
        "A report that nobody could read",
        "Infobip posted a report, a click or a message in a form that is not published; it belongs to no job.",
        "Tell the makers of this service, with the letter. It cannot be replayed: Infobip would have to send it again.",
    ),
}


def meaning_of(reason: str) -> Meaning:
    """What a reason means; also one that a newer version gave."""
    for known, meaning in MEANINGS.items():
        if known == reason:
            return meaning
    return Meaning(reason, "A newer version of this service gave this reason.", "Use the newest version to look at it.")
