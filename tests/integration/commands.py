"""Commands, as a person types them beside running jobs."""

from typing import Any

import orjson

from tests import forked
from tests.integration.harness import ROOT, Corridor


def call(made: Corridor, *arguments: str, code: int = 0) -> str:
    """Run a command; return what it says, on stderr where it must fail with `code`."""
    path = made.write_configuration()
    environ = {"INFOBIP_API_KEY": "demo-key", "PATH": ""}
    done = forked.call(["streams", *arguments, "-c", str(path)], cwd=ROOT, environ=environ)
    assert done.returncode == code, done.stderr
    return done.stderr if code else done.stdout


def status(made: Corridor) -> dict[str, Any]:
    """What `status` says of the only job."""
    (found,) = orjson.loads(call(made, "status", "--json"))
    return dict(found)
