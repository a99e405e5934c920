"""An Infobip that refuses parts of people, and who is tagged all the same."""

from dataclasses import dataclass, field
from typing import Any

from streams.calls.call import Call, Reply
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step

TEXT = "One or more properties of the person are invalid"


@dataclass
class Picky(Infobip):
    """Refuses values, naming where they stand as `spelled`; as many at once as it finds, or one at a time."""

    bad: tuple[str, ...] = ()
    spelled: str = "persons[{index}].{path}"
    whole: bool = False
    one_by_one: bool = False
    code: int = 400100
    upserts: list[Any] = field(default_factory=list)

    def answer(self, call: Call) -> Step:
        if call.operation.name != "upsert_persons":
            return super().answer(call)
        self.upserts.append(call.body["persons"])
        errors: list[dict[str, Any]] = []
        results: list[dict[str, Any]] = []
        for index, person in enumerate(call.body["persons"]):
            paths = [path for path, value in _leaves(person) if str(value) in self.bad]
            named = [self.spelled.format(index=index, path=path) for path in paths[: 1 if self.one_by_one else None]]
            details = [{"property": one, "message": "is invalid"} for one in named]
            if details:
                errors.append({"index": index, "code": self.code, "message": TEXT, "details": details})
            else:
                results.append({"index": index, "status": "UPDATED", "id": index})
        if self.whole and errors:
            details = [detail for error in errors for detail in error["details"]]
            return Reply(400, {"code": 400100, "message": TEXT, "details": details})
        return Reply(207, {"results": results, "errors": errors})


def _leaves(person: Any) -> list[tuple[str, Any]]:
    contacts: list[Any] = person.get("contactInformation", [])
    custom = person.get("customAttributes", {})
    plain = [(name, value) for name, value in person.items() if isinstance(value, str)]
    return [
        *((f"contactInformation[{number}].identifier", one["identifier"]) for number, one in enumerate(contacts)),
        *((f"customAttributes.{name}", value) for name, value in custom.items()),
        *plain,
    ]


def tagged(calls: list[Call], operation: str = "add_tag") -> list[tuple[str, str]]:
    return [
        (one["query"]["type"], one["query"]["identifier"])
        for call in calls
        if call.operation.name == operation
        for one in call.body["people"]
    ]
