"""The commands that the demo runs beside itself."""

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from streams.demo.programs import Command, running, simulated_infobip
from streams.errors import StreamsError

KEY = {"Authorization": "App demo-key"}


def test_the_simulated_infobip_tells_what_it_was_asked(tmp_path: Path) -> None:
    async def story() -> None:
        async with simulated_infobip(tmp_path, ("*=delivered",)) as infobip:
            async with httpx.AsyncClient(base_url=infobip.url, headers=KEY, trust_env=False) as http:
                person = {
                    "firstName": "Ann",
                    "contactInformation": [{"type": "EMAIL", "identifier": "ann@example.com"}],
                }
                await http.post("/people/2/tags", json={"name": "VIP"})
                await http.patch("/people/3/persons/upsert", json={"persons": [{**person, "tags": ["VIP"]}]})
                message = {"destinations": [{"to": "14155550001"}], "content": {"text": "Hi"}, "sender": "Acme"}
                await http.post("/sms/3/messages", json={"messages": [message]})
            assert list((await infobip.people()).values()) == [frozenset({"VIP"})]
            assert [one["to"] for one in await infobip.messages()] == ["14155550001"]
            assert (await infobip.tagged("VIP"), await infobip.accepted("sms")) == (1, 1)
            calls = await infobip.calls()
            assert {name: dict(answers) for name, answers in calls.items()} == {
                "create_tag": {"200": 1},
                "upsert_persons": {"207": 1},
                "send_sms": {"200": 1},
            }

    asyncio.run(story())


def test_a_command_that_does_not_start_says_why(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        with pytest.raises(StreamsError, match="did not start"):
            async with simulated_infobip(tmp_path, ("nothing",)):
                raise AssertionError

    asyncio.run(story())
    assert "fate" in capfd.readouterr().err


def test_a_command_that_has_ended_is_not_running_and_has_its_own_exit_code(tmp_path: Path) -> None:
    async def story() -> int:
        command = await Command.start(tmp_path, "run")  # there is no jobs.yaml
        assert await command.line() == ""
        code = await command.stop()
        assert not command.is_running
        return code

    assert asyncio.run(story()) == 2


def test_that_a_command_has_ended_is_told_after_what_it_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def story() -> None:
        command = await Command.start(tmp_path, "run")
        with pytest.raises(StreamsError, match="`infobip-streams run` has ended before its time, with exit code 2"):
            await command.ended()
        assert "jobs.yaml" in capfd.readouterr().err

    asyncio.run(story())


def test_whoever_leaves_a_command_that_runs_kills_it(tmp_path: Path) -> None:
    async def story() -> int:
        async with running(tmp_path, "simulator", "--port", "0") as command:
            assert await command.line()
        assert not command.is_running
        return await command.stop()

    assert asyncio.run(story()) == -signal.SIGKILL


def test_a_command_is_of_this_package_wherever_python_would_find_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = tmp_path / "another" / "streams"
    another.mkdir(parents=True)
    (another / "__init__.py").touch()
    (another / "__main__.py").write_text("print('another')")
    monkeypatch.setenv("PYTHONPATH", str(another.parent))

    async def story() -> str:
        async with running(tmp_path, "--version") as command:
            return await command.line()

    assert asyncio.run(story()).startswith("infobip-streams ")
