"""The options of the kind `import_contacts`."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from schemas.config.values import Flag, NoFlag, Tag, once
from schemas.jobs.job import JobSettings

_is_percentage = re.compile(r"(100|[1-9]?[0-9])%").fullmatch
_DELETIONS_MAX = "must be a number of contacts or a percentage of those imported, such as 500 or '20%'"


def _max_deletions(given: Any) -> Any:
    """Read a number of contacts, or a share of them; an environment variable can say both."""
    if isinstance(given, str) and given.isascii() and given.isdigit():
        return int(given)
    if (type(given) is int and given >= 0) or (isinstance(given, str) and _is_percentage(given)):
        return given
    raise ValueError(_DELETIONS_MAX)


MaxDeletions = Annotated[
    int | str,
    BeforeValidator(_max_deletions),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^(100|[1-9]?[0-9])%$"}]}
    ),
]
#: Ten years: more is a mistake, and much more no time that can be counted with.
SECONDS_MAX = 315_360_000
Interval = Annotated[float, Field(gt=0, le=SECONDS_MAX, allow_inf_nan=False), NoFlag]
LookBack = Annotated[float, Field(ge=0, le=SECONDS_MAX, allow_inf_nan=False), NoFlag]


class ImportContacts(JobSettings):
    """A job that brings the people of an account, and their changes, to the topic `infobip_contacts`."""

    kind: Literal["import_contacts"] = Field(description="What the job does.")
    tags: Annotated[tuple[Tag, ...], AfterValidator(once)] = Field(
        (), description="Import people who have any of these tags; empty: all people."
    )
    keep_updated: Flag = Field(default=False, description="Import changes again and again; false: once, then end.")
    every_seconds: Interval = Field(3600, description="Seconds from the start of one run to the start of the next.")
    look_back_seconds: LookBack = Field(
        60,
        description="Seconds before the cursor that are read again, for changes that Infobip shows late; at least 2.",
    )
    detect_deletions: Flag = Field(default=False, description="Write tombstones for people who are gone.")
    sweep_every_seconds: Interval = Field(
        86400, description="Seconds after which everybody is read again to see who is gone, with detect_deletions."
    )
    max_deletions: MaxDeletions = Field(
        "20%", description="Stop rather than delete more: a number of contacts, or a share of those imported."
    )

    def may_delete(self, gone: int, imported: int) -> bool:
        """Whether so many of the imported contacts may be deleted at once."""
        most = self.max_deletions
        if isinstance(most, int):
            return gone <= most
        return gone * 100 <= imported * int(most.removesuffix("%"))
