"""One call made by hand: what is printed, what is said, how it ends, and that nobody sees the key."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Self

import orjson
import pytest

from streams.simulator import SimulatorOptions
from tests import forked
from tests.integration.harness import ROOT, SimulatorThread

KEY = "demo-key"
JOBS = """\
kafka: {{brokers: "127.0.0.1:1"}}
authorizations:
  - {{name: main, base_url: "{infobip}", api_key: "{key}"}}
  - {{name: other, base_url: "http://127.0.0.1:1", api_key: "another-key"}}
jobs: [{{name: contacts, kind: import_contacts, authorization: main}}]
"""
LIMITS: dict[str, float | None] = {"list_tags": 100, "create_tag": None, "get_tag": None}


@pytest.fixture
def infobip() -> Iterator[SimulatorThread]:
    with SimulatorThread(SimulatorOptions(limits=LIMITS)) as simulated:
        yield simulated


@pytest.fixture
def folder(infobip: SimulatorThread, tmp_path: Path) -> Path:
    (tmp_path / "jobs.yaml").write_text(JOBS.format(infobip=infobip.url, key=KEY))
    return tmp_path


def call(folder: Path, *arguments: str, before: tuple[str, ...] = ()) -> tuple[int, str, list[str]]:
    """The exit code, what stands on standard output, and the lines on standard error without our name."""
    done = forked.call(["streams", *before, "call", "-a", "main", *arguments], cwd=folder, environ=os.environ)
    return done.returncode, done.stdout, [line.removeprefix("infobip-streams: ") for line in done.stderr.splitlines()]


def of_tags(infobip: SimulatorThread, *names: str) -> None:
    now = datetime.now(UTC)
    for name in names:
        infobip.do(partial(infobip.simulator.account.create_tag, name, now))


def test_an_answer_is_printed_as_json_and_nothing_else(infobip: SimulatorThread, folder: Path) -> None:
    of_tags(infobip, "vip", "new")
    code, out, err = call(folder, "GET", "/people/2/tags", "--query", "limit=1", "--query", "orderBy=name:desc")
    answer = orjson.loads(out)
    assert (code, err, answer["limit"], [one["name"] for one in answer["tags"]]) == (0, [], 1, ["vip"])


def test_a_body_comes_from_the_command_line_a_file_or_standard_input(infobip: SimulatorThread, folder: Path) -> None:
    (folder / "tag.json").write_text('{"name": "of a file"}')
    for body in ('{"name": "of the line"}', "@tag.json"):
        code, out, err = call(folder, "POST", "/people/2/tags", "--body", body)
        assert (code, err, orjson.loads(out)["name"]) == (0, [], "of the line" if body[0] == "{" else "of a file")
    piped = subprocess.run(
        [sys.executable, "-m", "streams", "call", "-a", "main", "POST", "/people/2/tags", "--body", "-"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input='{"name": "of a pipe"}',
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (piped.returncode, piped.stderr, orjson.loads(piped.stdout)["name"]) == (0, "", "of a pipe")
    assert sorted(infobip.simulator.account.tags) == ["of a file", "of a pipe", "of the line"]


def test_without_a_name_the_only_authorization_is_meant_and_of_several_one_must_be_named(folder: Path) -> None:
    said = ["streams", "call", "GET", "/people/2/tags"]
    done = forked.call(said, cwd=folder, environ=os.environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "infobip-streams: --authorization: say which (there are: main, other)\n"
    done = forked.call([*said, "-a", "mian"], cwd=folder, environ=os.environ)
    wrong = "--authorization: no authorization is called 'mian' (there are: main, other)"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"infobip-streams: {wrong}\n")
    jobs = (folder / "jobs.yaml").read_text().splitlines(keepends=True)
    (folder / "jobs.yaml").write_text("".join(line for line in jobs if "other" not in line))
    assert forked.call(said, cwd=folder, environ=os.environ).returncode == 0


def test_what_is_wrong_on_the_command_line_is_told_without_a_call(infobip: SimulatorThread, folder: Path) -> None:
    wrong = call(folder, "GET", "https://evil.example/people/2/tags", "--query", "limit")
    assert wrong == (
        2,
        "",
        [
            f"PATH must be one of {infobip.url}: the key goes nowhere else",
            "--query, the 1st: must be name=value",
        ],
    )
    assert call(folder, "POST", "/x", "--body", "@no.json") == (2, "", ["--body: no.json: No such file or directory"])
    assert sum(infobip.simulator.counters.arrivals.values()) == 0


def test_a_refused_key_is_told_at_once_and_so_is_a_scope_that_it_lacks(infobip: SimulatorThread, folder: Path) -> None:
    infobip.do(lambda: infobip.simulator.set_key(KEY, frozenset({"people:read"})))
    code, out, err = call(folder, "POST", "/people/2/tags", "--body", '{"name": "vip"}')
    lacks = "the API key of authorization 'main' lacks the scope people:manage (403)"
    assert (code, err) == (1, [lacks])
    assert "errorCode" in out or "requestError" in out
    infobip.do(lambda: infobip.simulator.set_key(KEY, None))
    code, out, err = call(folder, "GET", "/people/2/tags")
    assert (code, err) == (1, ["the API key of authorization 'main' is refused (401)"])
    assert infobip.simulator.counters.arrivals == {"create_tag": 1, "list_tags": 1}


def test_a_refusal_is_printed_and_told_with_infobips_code(infobip: SimulatorThread, folder: Path) -> None:
    code, out, err = call(folder, "GET", "/people/2/tags/nobody")
    assert (code, err) == (1, [f"Infobip at {infobip.url}: answered 404 (40403)"])
    assert orjson.loads(out) == {"errorCode": 40403, "errorMessage": "Tag does not exist"}


def test_a_429_is_waited_out_as_long_as_infobip_asks(infobip: SimulatorThread, folder: Path) -> None:
    infobip.simulator.faults.add("get_tag:status=429,count=2,retry_after=1")
    of_tags(infobip, "vip")
    code, out, err = call(folder, "GET", "/people/2/tags/vip")
    assert (code, orjson.loads(out)["name"]) == (0, "vip")
    assert err == [f"Infobip at {infobip.url}: answered 429; trying again"] * 2
    # A POST that was refused so was not carried out.
    infobip.simulator.faults.add("create_tag:status=429,count=1,retry_after=1")
    code, out, err = call(folder, "POST", "/people/2/tags", "--body", '{"name": "new"}')
    assert (code, orjson.loads(out)["name"], len(err)) == (0, "new", 1)


def test_a_429_that_asks_for_more_patience_than_somebody_has_is_told(infobip: SimulatorThread, folder: Path) -> None:
    infobip.simulator.faults.add("get_tag:status=429,retry_after=1800")
    code, _, err = call(folder, "GET", "/people/2/tags/vip")
    said = "answered 429 (TOO_MANY_REQUESTS): too many calls; call again in 1,800 s"
    assert (code, err) == (1, [f"Infobip at {infobip.url}: {said}"])


def test_what_is_only_read_is_tried_again_after_an_outage_but_not_for_ever(
    infobip: SimulatorThread, folder: Path
) -> None:
    of_tags(infobip, "vip")
    infobip.simulator.faults.add("get_tag:lose_answer,count=2")  # the HTTP library tries once more by itself
    code, out, err = call(folder, "GET", "/people/2/tags/vip")
    assert (code, orjson.loads(out)["name"]) == (0, "vip")
    assert err == [f"Infobip at {infobip.url}: the connection was lost; trying again"]
    infobip.simulator.faults.add("get_tag:status=503")
    code, out, err = call(folder, "GET", "/people/2/tags/vip")
    told = f"Infobip at {infobip.url}: answered 503"
    assert (code, err[:3], len(err)) == (1, [f"{told}; trying again"] * 3, 4)
    assert err[3].startswith(told)
    assert out != ""
    assert infobip.simulator.counters.arrivals["get_tag"] == 7


@pytest.mark.parametrize("fault", ["lose_answer", "status=500"])
def test_what_may_have_been_carried_out_is_not_done_twice(infobip: SimulatorThread, folder: Path, fault: str) -> None:
    infobip.simulator.faults.add(f"create_tag:{fault}")
    code, _, err = call(folder, "POST", "/people/2/tags", "--body", '{"name": "vip"}')
    doubt = "; the call may have been carried out, so it is not repeated: look before you call again"
    assert (code, len(err), err[0].endswith(doubt)) == (1, 1, True)
    assert infobip.simulator.counters.arrivals == {"create_tag": 1}


def test_where_nobody_listens_that_is_told(folder: Path) -> None:
    done = forked.call(["streams", "call", "-a", "other", "POST", "/people/2/tags"], cwd=folder, environ=os.environ)
    refused = "infobip-streams: Infobip at http://127.0.0.1:1: the connection was refused"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [f"{refused}; trying again"] * 3 + [refused]


def test_html_of_a_gateway_is_printed_as_a_text(infobip: SimulatorThread, folder: Path) -> None:
    infobip.simulator.faults.add("get_tag:not_json")
    code, out, err = call(folder, "GET", "/people/2/tags/vip")
    assert (code, err) == (0, ["the answer is no JSON: it is printed as one text"])
    assert orjson.loads(out) == "<html><body>This is not the answer you are looking for</body></html>"
    infobip.simulator.faults.clear()
    infobip.simulator.faults.add("get_tag:status=404,html=true")
    code, out, err = call(folder, "GET", "/people/2/tags/vip")
    assert (code, err) == (1, [f"Infobip at {infobip.url}: answered 404"])
    assert orjson.loads(out).startswith("<html>")


def test_all_pages_of_a_list_are_one_list_asked_for_within_the_limit(infobip: SimulatorThread, folder: Path) -> None:
    names = [f"tag {number:02}" for number in range(25)]
    of_tags(infobip, *names)
    code, out, err = call(folder, "GET", "/people/2/tags", "--query", "limit=10", "--all")
    assert (code, err, [one["name"] for one in orjson.loads(out)]) == (0, [], names)
    assert (len(out.splitlines()), infobip.simulator.counters.arrivals["list_tags"]) == (27, 3)
    # As large as pages may be, where nobody says how large.
    code, out, err = call(folder, "GET", "/people/2/tags", "--all")
    assert (code, err, len(orjson.loads(out))) == (0, [], 25)
    assert infobip.simulator.counters.arrivals["list_tags"] == 4


def test_an_empty_list_is_printed_as_one(folder: Path) -> None:
    assert call(folder, "GET", "/people/2/tags", "--all") == (0, "[]\n", [])


def test_logs_are_followed_by_their_cursor(infobip: SimulatorThread, folder: Path) -> None:
    body = {"messages": [{"sender": "A", "destinations": [{"to": f"4179302672{n}"}], "content": {"text": "x"}}
                         for n in range(5)]}  # fmt: skip
    assert call(folder, "POST", "/sms/3/messages", "--body", orjson.dumps(body).decode())[0] == 0
    code, out, err = call(folder, "GET", "/sms/3/logs", "--query", "limit=2", "--all")
    assert (code, err) == (0, [])
    assert [one["destination"] for one in orjson.loads(out)] == [f"4179302672{n}" for n in (4, 3, 2, 1, 0)]
    assert infobip.simulator.counters.arrivals["list_sms_logs"] == 3


def test_a_list_that_breaks_off_is_told_with_how_much_of_it_there_is(tmp_path: Path) -> None:
    with Listening() as answering:
        answering.answers += [(200, b'{"persons": [1, 2]}', {}), (400, b'{"errorCode": 40001}', {})]
        code, out, err = call(answering.folder(tmp_path), "GET", "/people/2/persons?limit=2", "--all")
        assert (code, orjson.loads(out)) == (1, [1, 2])
        where = "(page 2; 2 items before it are printed)"
        assert err == [f"Infobip at {answering.url}: answered 400 (40001) {where}"]


def test_a_list_that_does_not_turn_ends(tmp_path: Path) -> None:
    with Listening() as answering:
        answering.answers += [(200, b'{"persons": [1, 2]}', {})] * 5
        code, out, err = call(answering.folder(tmp_path), "GET", "/people/2/persons?limit=2", "--all")
        assert (code, orjson.loads(out), len(answering.heard)) == (1, [1, 2], 2)
        told = f"Infobip at {answering.url}: it has the items of the page before it"
        assert err == [
            f"{told}: the list does not turn by its page (page 2; 2 items before it are printed)",
        ]


def test_what_does_not_page_is_said_to(infobip: SimulatorThread, folder: Path) -> None:
    once = "--all: /sms/3/reports does not page: it tells each once, so call it again until it tells none"
    assert call(folder, "GET", "/sms/3/reports", "--all") == (2, "", [once])
    assert infobip.simulator.counters.arrivals == {}
    of_tags(infobip, "vip")
    code, out, err = call(folder, "GET", "/people/2/tags/vip", "--all")
    no_pages = "this is no list that pages: it tells of no pages; the answer is printed as it is"
    assert (code, err, orjson.loads(out)["name"]) == (0, [no_pages], "vip")


class Listening:
    """A server that gives the answers it was told, one after the other, and keeps what it heard."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.heard: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.heard.append(
                    (self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                )
                status, content, headers = outer.answers.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - as the library calls them

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def folder(self, folder: Path, key: str = KEY) -> Path:
        (folder / "jobs.yaml").write_text(JOBS.format(infobip=self.url, key=key))
        return folder


def test_an_empty_answer_prints_nothing(tmp_path: Path) -> None:
    with Listening() as answering:
        answering.answers += [(204, b"", {}), (200, b"", {})]
        folder = answering.folder(tmp_path)
        assert call(folder, "DELETE", "/email/1/domains/a.example") == (0, "", [])
        assert call(folder, "PUT", "/x", "--header", "X-Team: growth") == (0, "", [])
        (_, path, _, _), (_, _, headers, _) = answering.heard
        assert (path, headers["x-team"]) == ("/email/1/domains/a.example", "growth")


def test_a_redirect_is_not_followed_with_the_key(tmp_path: Path) -> None:
    with Listening() as elsewhere, Listening() as answering:
        answering.answers += [(302, b"", {"Location": f"{elsewhere.url}/people"})]
        code, out, err = call(answering.folder(tmp_path), "GET", "/people/2/tags")
        followed = "answered 302, a redirect, which is not followed: the key goes nowhere else"
        assert (code, out, err) == (1, "", [f"Infobip at {answering.url}: {followed}"])
        assert elsewhere.heard == []


def test_numbers_keep_their_digits_and_texts_their_halves_of_characters(tmp_path: Path) -> None:
    with Listening() as answering:
        answering.answers += [(200, b'{"id": 123456789012345678901, "n": "\\ud83d"}', {})]
        code, out, err = call(answering.folder(tmp_path), "GET", "/x")
        assert (code, out, err) == (0, '{"id": 123456789012345678901, "n": "\\ud83d"}\n', [])


@pytest.mark.parametrize("key", [KEY, 'a"key\\with-quotes'])
def test_nobody_sees_the_key_whatever_is_answered_or_goes_wrong(tmp_path: Path, key: str) -> None:
    folder = tmp_path
    with Listening() as answering:
        answering.folder(folder, key.replace("\\", "\\\\").replace('"', '\\"'))
        echo = orjson.dumps({"requestError": {"serviceException": {"messageId": key, "text": f"App {key} is bad"}}})
        answering.answers += [
            *((status, echo, {}) for status in (200, 400, 401, 403, 404, 500)),
            (200, f"<html>{key}</html>".encode(), {}),
            (200, orjson.dumps({"persons": [key]}), {}),
            (503, echo, {}),
            (503, echo, {}),
            (503, echo, {}),
            (503, echo, {}),
        ]
        asked = len(answering.answers)
        shown = [call(folder, "POST", "/x", before=("--verbose",)) for _ in range(7)]
        shown += [call(folder, "GET", "/people/2/persons", "--all", before=("--verbose",))]
        shown += [call(folder, "GET", "/x", before=("--verbose",))]
        shown += [call(folder, "GET", "/../x", before=("--verbose",))]
        assert [code for code, _, _ in shown] == [0, 1, 1, 1, 1, 1, 0, 0, 1, 2]
        assert len(answering.heard) == asked
        assert {headers["authorization"] for _, _, headers, _ in answering.heard} == {f"App {key}"}
    told = "".join(f"{out}{err}" for _, out, err in shown)
    assert "***" in told
    assert [one for one in (key, orjson.dumps(key).decode()[1:-1]) if one in told] == []
    assert "Traceback" in told  # of --verbose
