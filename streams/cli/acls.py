"""What `topics --acls` shows: what must be allowed for the jobs of a file, as a table and as commands of Kafka's."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from shlex import quote

from schemas.configuration import Configuration
from streams.app.acls import needs
from streams.kafka.permissions import Need, When

#: Where the login says nothing of a user.
NOBODY = "infobip-streams"
HEADINGS: dict[When, str] = {
    "run": "needed by every run",
    "commands": "needed by `status` and `dead-letters`",
    "missing": "needed to create topics; not once they are there, nor with kafka.topics.create: false",
    "grown": "needed when partitions are added to the input",
    "pause": "needed by `pause` and `resume` alone",
    "replay": "needed by `dead-letters replay` alone",
    "erase": "needed by `erase` alone",
    "repair": "needed by `repair` alone, and by jobs to carry it out",
    "looked at": "not needed; with it policies and size limits are looked at",
}
#: Operations and resources as kafka-acls calls them.
TOOL = {"DESCRIBE_CONFIGS": "DescribeConfigs", "transactional id": "transactional-id"}


def acl_lines(configuration: Configuration) -> Iterator[str]:
    """A table, and below it the commands that grant what is in it."""
    found, kafka = needs(configuration), configuration.kafka
    user = kafka.security.username if kafka.security is not None else None
    for when, heading in HEADINGS.items():
        some = [need for need in found if need.when == when]
        if some:
            yield f"# {heading}"
            yield from _table(some)
            yield ""
    for when, heading in HEADINGS.items():
        some = [need for need in found if need.when == when]
        if some:
            yield f"# {heading}"
            yield from _commands(some, ",".join(kafka.brokers), user or NOBODY, needed=when != "looked at")


def _table(found: Iterable[Need]) -> Iterator[str]:
    rows = [(need.operation, need.what, need.why) for need in found]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for operation, what, why in rows:
        yield f"{operation:<{widths[0]}}  {what:<{widths[1]}}  {why}"


def _commands(found: Iterable[Need], brokers: str, user: str, *, needed: bool) -> Iterator[str]:
    for (resource, name), some in groupby(found, lambda need: (need.resource, need.name)):
        several = list(some)
        begins = " --resource-pattern-type prefixed" if any(need.begins for need in several) else ""
        operations = " ".join(
            f"--operation {TOOL.get(need.operation, need.operation.capitalize())}" for need in several
        )
        command = (
            f"kafka-acls --bootstrap-server {quote(brokers)} --add --allow-principal {quote(f'User:{user}')}"
            f" {operations} --{TOOL.get(resource, resource)} {quote(name)}{begins}"
        )
        yield command if needed else f"# {command}"
