"""The whole of jobs.yaml: brokers, authorizations, and jobs of each kind."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.export_audience import AttributeType, ExportAudience, FieldTarget, Flush
from schemas.import_contacts import ImportContacts
from schemas.settings import Authorization, KafkaSettings, Security, Settings, Webhooks

__all__ = [
    "AttributeType",
    "Authorization",
    "Configuration",
    "ExportAudience",
    "FieldTarget",
    "Flush",
    "ImportContacts",
    "Job",
    "KafkaSettings",
    "Security",
    "Webhooks",
    "name_faults",
]

#: One job of any kind.
AnyJob = ExportAudience | ImportContacts
KINDS: Mapping[str, type[ExportAudience] | type[ImportContacts]] = {
    "export_audience": ExportAudience,
    "import_contacts": ImportContacts,
}


def _by_kind(given: Any, _: ValidatorFunctionWrapHandler) -> AnyJob:
    """Read a job as its kind says: its faults are told in the words of this one kind, at the places of the file."""
    kind = given.get("kind") if isinstance(given, dict) else None
    if isinstance(kind, str) and kind in KINDS:
        return KINDS[kind].model_validate(given)
    if kind is not None:
        fault = _fault("unknown_kind", ("kind",), kind, kinds=", ".join(sorted(KINDS)))
    elif isinstance(given, dict):
        fault = InitErrorDetails(type="missing", loc=("kind",), input=given)
    else:
        fault = InitErrorDetails(type="model_type", loc=(), input=given, ctx={"class_name": "Job"})
    raise ValidationError.from_exception_data("Job", [fault])


Job = Annotated[AnyJob, WrapValidator(_by_kind)]


class Configuration(Settings):
    """The whole of jobs.yaml."""

    kafka: KafkaSettings = Field(description="The brokers.")
    authorizations: tuple[Authorization, ...] = Field(min_length=1, description="The Infobip accounts.")
    webhooks: Webhooks | None = Field(None, description="Where reports, clicks and inbound messages arrive.")
    jobs: tuple[Job, ...] = Field(min_length=1, description="The standing pieces of work.")

    @model_validator(mode="after")
    def _names(self) -> Self:
        faults = name_faults(
            [authorization.name for authorization in self.authorizations],
            [(job.name, job.authorization) for job in self.jobs],
        )
        if faults:
            raise ValidationError.from_exception_data("Configuration", faults)
        return self


def name_faults(
    authorizations: Sequence[str | None], jobs: Sequence[tuple[str | None, str | None]]
) -> list[InitErrorDetails]:
    """Find names that are given twice, and authorizations of jobs that there are not; None is a name not known."""
    faults = []
    for section, names in (("authorizations", authorizations), ("jobs", [name for name, _ in jobs])):
        for number, name in enumerate(names):
            first = names.index(name)
            if name is not None and first != number:
                faults.append(_fault("repeated_name", (section, number, "name"), name, first=f"{section}[{first}]"))
    if None not in authorizations:
        known = ", ".join(str(name) for name in authorizations) or "none"
        faults += [
            _fault("unknown_name", ("jobs", number, "authorization"), wanted, names=known)
            for number, (_, wanted) in enumerate(jobs)
            if wanted is not None and wanted not in authorizations
        ]
    return faults


def _fault(kind: str, loc: tuple[str | int, ...], given: Any, **context: str) -> InitErrorDetails:
    words = kind.replace("_", " ")
    return InitErrorDetails(type=PydanticCustomError(kind, words, dict(context)), loc=loc, input=given)
