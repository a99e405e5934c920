"""Jobs that make calls for events, a team's own endpoint, and what it was asked."""

import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.harness import Corridor, SimulatorThread, corridor

#: What a job sends of an event, as users write it.
SMS = """\
local event = (import 'lytemplates.libsonnet');
{
  messages: [{
    sender: 'Acme',
    destinations: [{ to: event.get('phone', '') }],
    content: { text: 'Hi ' + event.get('name', '') },
  }],
}
"""
BY_ID = "module.exports = (event) => ({ id: event.event_id, who: event.profile_id })\n"
FLUSH = {"max_events": 40, "max_seconds": 0.2}


class Endpoint:
    """A server of a team's on a thread of its own; `lose` are the ids whose first answer does not come."""

    def __init__(self, lose: frozenset[str] = frozenset()) -> None:
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self._lost: set[str] = set()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            """Takes whatever comes."""

            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"null")
                endpoint.requests.append((self.command, self.path, dict(self.headers.items()), body))
                name = str(body.get("id"))
                if name in lose and name not in endpoint._lost:
                    endpoint._lost.add(name)
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_PUT = do_POST  # noqa: N815 - as the library calls it

            def log_message(self, *_: Any) -> None:
                """Say nothing: tests ask for what was asked."""

        class Server(ThreadingHTTPServer):
            """Takes it calmly that whoever calls is killed."""

            def handle_error(self, *request: Any) -> None:
                if not isinstance(sys.exception(), ConnectionError):
                    super().handle_error(*request)

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def ids(self) -> Counter[str]:
        """How often each event was called."""
        return Counter(body["id"] for *_, body in list(self.requests))


def webhook_job(name: str, topic: str, template: str, **changes: Any) -> dict[str, Any]:
    """A job that makes a call for each enter."""
    job = {"name": name, "kind": "webhook", "topics": [topic], "audiences": ["shipped"], "template": template}
    there = {"authorization": "main"} if "path" in changes else {"allow_private": True}
    return {**job, **there, "existing_members": True, "flush": FLUSH, **changes}


@contextmanager
def hooking(
    broker: Broker,
    folder: Path,
    name: str,
    template: tuple[str, str],
    options: SimulatorOptions | None = None,
    **job: Any,
) -> Iterator[tuple[SimulatorThread, Corridor]]:
    """An Infobip, and a job with a template of this name and text beside its jobs.yaml."""
    with SimulatorThread(options) as infobip, corridor(broker.bootstrap, infobip.url, folder, name) as made:
        (folder / template[0]).write_text(template[1])
        made.configuration["jobs"] = [webhook_job(name, made.topic, template[0], **job)]
        yield infobip, made
