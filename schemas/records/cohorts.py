"""What a job that mirrors audiences as lists remembers: who is to be in them, and who is."""

from datetime import datetime

from pydantic import Field

from schemas.wire import Wire


class CohortMember(Wire):
    """Who is to be in an audience's list: a record of `infobip_cohort_members_<job>`; a tombstone where nobody is.

    Its key is `["member", audience, profile_id]` as JSON.
    """

    audience: str = Field(description="The audience.")
    profile_id: str = Field(description="The profile that is in it.")
    id: str = Field(description="What the profile goes by in the list: an email in lower case, or digits of a phone.")


class CohortMark(Wire):
    """A process has noted all events of a window: a record of `infobip_cohort_members_<job>` behind theirs.

    Its key is `["mark", session]` as JSON.
    """

    session: str = Field(description="The process, from one start of the job to its end.")
    number: int = Field(description="Which of its windows it is, counted from 1.")


class CohortList(Wire):
    """An audience's list: a record of `infobip_cohorts_<job>`, whose key is `["list", audience]` as JSON."""

    audience: str = Field(description="The audience.")
    name: str = Field(description="The list's name.")
    list_id: str | None = Field(description="Infobip's id of the list; null while there is none, or it has vanished.")
    members: int = Field(description="How many ids are in it, as far as Infobip has answered.")
    refused: str | None = Field(None, description="Why Infobip does not make the list; null where it does.")
    synced_at: datetime | None = Field(description="When Infobip last took a change of it; null: never yet.")


class CohortEntry(Wire):
    """One id that Infobip has answered for: a record of `infobip_cohorts_<job>`; a tombstone once it has left.

    Its key is `["entry", audience, id]` as JSON.
    """

    audience: str = Field(description="The audience.")
    id: str = Field(description="The id, an email or digits of a phone.")
    list_id: str = Field(description="The list it was said of; one of an earlier list says nothing any more.")
    refused: str | None = Field(None, description="Why Infobip refused it; null where it is in the list.")
    sure: bool = Field(description="Whether a call was answered that says so; false while one is under way.")


class CohortProgress(Wire):
    """All windows of a process up to this one are in the lists: a record of `infobip_cohorts_<job>`.

    Its key is `["done", session]` as JSON.
    """

    session: str = Field(description="The process, as its marks name it.")
    number: int = Field(description="The last of its windows that is done.")


class CohortCall(Wire):
    """A list that is about to be made: a record of `infobip_cohorts_<job>`, a tombstone once that was answered.

    Its key is `["call", operation]` as JSON.
    """

    operation: str = Field(description="The operation.")
    audience: str = Field(description="The audience whose list it is about.")
    at: datetime = Field(description="When.")
