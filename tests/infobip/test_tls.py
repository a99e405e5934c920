"""An Infobip behind a certificate that not everybody trusts."""

import asyncio
import ssl
from pathlib import Path

import pytest

from schemas.config.authorization import Authorization
from schemas.operations import LIST_PERSONS
from streams.app.accounts import client_of
from streams.calls.call import Call
from streams.errors import Unreachable
from streams.simulator import Simulator, SimulatorOptions


def ask(base_url: str, ca_file: Path | None) -> int:
    """Ask for a page of people, and return the status."""
    said = {"name": "main", "base_url": base_url, "api_key": "demo-key", "ca_file": ca_file and str(ca_file)}

    async def run() -> int:
        client = client_of(Authorization.model_validate(said))
        try:
            return (await client.ask(Call(LIST_PERSONS))).status
        finally:
            await client.aclose()

    return asyncio.run(run())


async def _while_it_listens(simulator: Simulator, ca_file: Path | None) -> int:
    base_url = await simulator.start()
    try:
        return await asyncio.to_thread(ask, base_url, ca_file)
    finally:
        await simulator.stop()


def test_whom_to_trust_is_told_by_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the usual authorities, and of those of the environment."""
    ca_file, other = tmp_path / "ca.pem", tmp_path / "other.pem"
    simulator = Simulator(SimulatorOptions(ca_file=ca_file))
    Simulator(SimulatorOptions(ca_file=other))
    assert asyncio.run(_while_it_listens(simulator, ca_file)) == 200
    for trusted in (None, other):
        with pytest.raises(Unreachable, match="its TLS certificate is not trusted"):
            asyncio.run(_while_it_listens(simulator, trusted))
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    assert asyncio.run(_while_it_listens(simulator, ca_file)) == 200


def test_what_the_simulator_proves_is_its_address(tmp_path: Path) -> None:
    simulator = Simulator(SimulatorOptions(ca_file=tmp_path / "ca.pem"))
    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")

    async def names() -> list[tuple[str, str]]:
        _, _, port = (await simulator.start()).rpartition(":")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", int(port), ssl=context, server_hostname="localhost")
            shown = list(writer.get_extra_info("peercert")["subjectAltName"])
            writer.close()
            return shown
        finally:
            await simulator.stop()

    assert ("IP Address", "127.0.0.1") in asyncio.run(names())
