"""What is said of a topic: what its records are, their keys, what must stay, who writes it and who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: What a topic must keep: every record; the last of each key, for others; the last of each key, which jobs go by.
Keeps = Literal["records", "latest", "state"]
#: How `erase` lets go of what a topic holds of a person: by tombstones, or not at all, so that it goes by its age; or
#: nobody is in it, neither by an address nor by the id of a profile.
Erased = Literal["tombstones", "by age", "nobody"]
EVERY_JOB, RECEIVER, YOURS = "every job", "the receiver", "your services"
STATUS, TRACE, ERASE = "`status`", "`trace`", "`erase`"
LETTERS, REPLAY, SUBSCRIPTIONS = "`dead-letters`", "`dead-letters replay`", "`subscriptions`"
COHORTS, PAUSING, CONSOLE, VERIFY = "`cohorts`", "`pause` and `resume`", "`console`", "`verify`"
REPAIR = "`repair`"
#: What stands before keys that are nobody's id: no text in UTF-8 has such a byte.
MARK = "0xFF"
#: The job that owns a topic follows this in its name.
JOB = "<job>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of a topic's records: the name of its schema, and its key in words and as an example.

    `parts` are those of a key that is an array in JSON: fixed words, or None for any text. `key_record` is the schema
    of a key that is an object. What is `own` has no schema that others may rely on; it may be bytes.
    """

    record: str
    key: str
    key_example: str
    parts: tuple[str | None, ...] = ()
    key_record: str = ""
    own: Literal["", "json", "bytes"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic; `gone` says what a tombstone means, where there are any; `headers` what each header says.

    `erased` has no default: whoever adds a topic says whether, and how, a person can be taken out of it.
    """

    name: str
    about: str
    keeps: Keeps
    erased: Erased
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    forms: tuple[Form, ...]
    gone: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_of_a_job(self) -> bool:
        """Whether each job has one of its own."""
        return self.name.endswith(JOB)

    @property
    def short(self) -> str:
        """Its name without the job's."""
        return self.name.removesuffix(f"_{JOB}")
