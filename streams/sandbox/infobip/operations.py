"""The People operations that the simulator answers: where each is, the scope it needs, how often it may be called."""

from dataclasses import dataclass
from typing import Literal

Family = Literal["native", "v3"]

READ = frozenset({"people:read", "people:manage"})
MANAGE = frozenset({"people:manage"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One published operation; any one of `scopes` is enough, `family` is the form of its own errors."""

    name: str
    method: str
    path: str
    scopes: frozenset[str]
    requests_per_second: int = 5
    family: Family = "native"


_ALL = (
    Operation("list_persons", "GET", "/people/2/persons", READ),
    Operation("create_person", "POST", "/people/2/persons", MANAGE, requests_per_second=10),
    Operation("update_person", "PATCH", "/people/2/persons", MANAGE),
    Operation("replace_person", "PUT", "/people/2/persons", MANAGE),
    Operation("delete_person", "DELETE", "/people/2/persons", MANAGE),
    Operation("upsert_persons", "PATCH", "/people/3/persons/upsert", MANAGE, family="v3"),
    Operation("list_tags", "GET", "/people/2/tags", READ),
    Operation("create_tag", "POST", "/people/2/tags", MANAGE),
    Operation("get_tag", "GET", "/people/2/tags/{name}", READ),
    Operation("delete_tag", "DELETE", "/people/2/tags/{name}", MANAGE),
    Operation("add_tag", "PATCH", "/people/2/tags/{name}/persons", MANAGE),
    Operation("remove_tag", "DELETE", "/people/2/tags/{name}/persons", MANAGE),
    Operation("list_attributes", "GET", "/people/2/customAttributes", READ),
    Operation("create_attribute", "POST", "/people/2/customAttributes", MANAGE),
    Operation("get_attribute", "GET", "/people/2/customAttributes/{name}", READ),
    Operation("delete_attribute", "DELETE", "/people/2/customAttributes/{name}", MANAGE),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}
