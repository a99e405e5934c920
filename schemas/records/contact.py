"""Contacts as downstream teams read them, and what an import remembers of its way."""

from datetime import datetime

from pydantic import ConfigDict, Field

from schemas.records.outcomes import Outcome
from schemas.wire import Wire


class Contact(Wire):
    """One person of Infobip's: a record of `infobip_contacts`, keyed by `infobip_person_id`; a tombstone when gone.

    What is empty is absent. Every custom attribute stands beside these fields under its own name; one that is called
    as one of them is called `custom_<name>`.
    """

    model_config = ConfigDict(extra="allow")

    infobip_person_id: str = Field(description="Infobip's identifier of the person.")
    infobip_external_id: str | None = Field(None, description="The identifier that the account's owner assigned.")
    email: str | None = Field(None, description="The primary email address.")
    phone: str | None = Field(None, description="The primary phone number, E.164 with its plus.")
    first_name: str | None = Field(None, description="First name.")
    last_name: str | None = Field(None, description="Last name.")
    middle_name: str | None = Field(None, description="Middle name.")
    gender: str | None = Field(None, description="Gender.")
    birthday: str | None = Field(None, description="Birthday, YYYY-MM-DD.")
    address1: str | None = Field(None, description="Address.")
    city: str | None = Field(None, description="City.")
    country: str | None = Field(None, description="Country.")
    preferred_language: str | None = Field(None, description="Preferred language.")
    infobip_tags: list[str] | None = Field(None, description="The person's tags, each once.")
    infobip_person_type: str | None = Field(None, description="CUSTOMER or LEAD.")


class ImportRun(Wire):
    """One run of an import, as far as it has come."""

    run_id: str = Field(description="What the contacts it writes bear in their header.")
    started_at: datetime = Field(description="When it began.")
    finished_at: datetime | None = Field(None, description="When it ended; null while it is under way.")
    full: bool = Field(description="Whether it reads everybody, or only changes.")
    compares: bool = Field(description="Whether it looks for people who are gone.")
    expected: int | None = Field(
        None, description="How many people there were to read at its start, where Infobip told."
    )
    outcomes: dict[Outcome, int] = Field({}, description="What became of the people read so far.")
    calls: int = Field(0, description="How many pages were read.")
    retries: int = Field(0, description="How many times a page had to be asked for again.")
    left_out_fields: dict[str, int] = Field({}, description="Values that could not be taken over, counted by field.")


class ImportCursor(Wire):
    """How far an import has come: a record of `infobip_cursor_<job>`, in one transaction with its contacts."""

    job: str = Field(description="The job's name.")
    tags: tuple[str, ...] = Field((), description="The tags whose people were imported; none: everybody.")
    modified_at: datetime | None = Field(None, description="The latest modifiedAt of those read.")
    position: datetime | None = Field(None, description="All who were modified before have been read by this run.")
    run: ImportRun | None = Field(None, description="The run under way, or else the last one.")
    swept_at: datetime | None = Field(None, description="When the last finished run that read everybody began.")


class Imported(Wire):
    """The version of a person that was written last: a record of `infobip_imported_<job>`, keyed by the person's id."""

    modified_at: datetime = Field(description="The person's modifiedAt.")
    version: str = Field(description="A digest of what was written.")
