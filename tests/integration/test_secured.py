"""Every client over TLS, client certificates, logins and tokens; and what is told when it does not get in."""

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.configuration import Configuration
from streams.app.check_online import check_brokers
from streams.kafka import retry as kafka
from tests.forked import call
from tests.integration.apache_kafka import PASSWORD, USERNAME
from tests.integration.certificates import KEY_PASSWORD, encrypted
from tests.integration.harness import ROOT, Corridor, SimulatorThread, until
from tests.integration.secured import TOKEN_USER, SecuredNode

#: An unsecured token, as brokers take it that are not told of an issuer.
PROVIDER = """
import base64, json, time

def _part(said):
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()

def token():
    now = time.time()
    return f"{_part({'alg': 'none'})}.{_part({'sub': 'USER', 'iat': now, 'exp': now + 20})}.", now + 20

def nothing():
    raise ConnectionError("https://idp.example.com answered 503 to " + "s3cr3t" * 10)
"""
SCRAM = {"mechanism": "SCRAM-SHA-512", "username": USERNAME, "password": PASSWORD}


@pytest.fixture
def corridor(secured: SecuredNode, tmp_path: Path, unique: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Corridor]:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / f"tokens_{unique}.py").write_text(PROVIDER.replace("USER", TOKEN_USER))
    with SimulatorThread() as infobip:
        made = Corridor(secured.address("PLAINTEXT"), infobip.url, tmp_path, unique, 2)
        made.create_topic()
        imports = {"name": f"{unique}-i", "kind": "import_contacts", "authorization": "main"}
        made.configuration["jobs"].append({**imports, "keep_updated": True, "every_seconds": 1})
        yield made
        made.close()


def enter(corridor: Corridor, count: int) -> None:
    corridor.publish(
        {"action": "enter", "audience": "vip", "profile_id": f"u-{n}", "profile": {"email": f"p{n}@example.com"}}
        for n in range(count)
    )


@pytest.mark.parametrize("listener", ["MUTUAL", "SASLTLS", "TOKENTLS"])
def test_every_client_gets_in(secured: SecuredNode, corridor: Corridor, listener: str) -> None:
    files, ca = secured.files, {"ca_file": str(secured.files.authority.certificate)}
    shown = {"certificate_file": str(files.client.certificate), "key_file": str(encrypted(files.client))}
    tokens = {"mechanism": "OAUTHBEARER", "token_provider": f"tokens_{corridor.name}:token"}
    security = {
        "MUTUAL": {"protocol": "SSL", **ca, **shown, "key_password": KEY_PASSWORD},
        "SASLTLS": {"protocol": "SASL_SSL", **ca, **SCRAM},
        "TOKENTLS": {"protocol": "SASL_SSL", **ca, **tokens},
    }[listener]
    said = {"brokers": secured.address(listener), "security": security, "client_id": "pod-7"}
    corridor.configuration["kafka"].update(said)
    enter(corridor, 50)
    worker = corridor.start()
    until(lambda: corridor.lag() == 0, "all events committed")
    until(lambda: len(corridor.read("infobip_contacts")) == 50, "all people are imported")
    assert worker.stop() == 0
    assert corridor.status()["outcomes"] == {"accepted": 50}
    log = worker.log.read_text()
    assert PASSWORD not in log
    assert KEY_PASSWORD not in log
    assert "eyJ" not in log


WRONG: list[tuple[str, str, dict[str, str]]] = [
    ("TLS", "its certificate is signed by nobody we trust .*: see kafka.security.ca_file", {"ca_file": "stranger"}),
    ("TLS", "its certificate is signed by nobody we trust .*: see kafka.security.ca_file", {"ca_file": ""}),
    ("EXPIRED", "its certificate has expired", {}),
    ("ELSEWHERE", "its certificate is for another host than 127.0.0.1: see kafka.brokers", {}),
    ("MUTUAL", "it asks for a client's certificate: see kafka.security.certificate_file and key_file", {}),
    ("MUTUAL", "it refuses the client's certificate .*signed by nobody it trusts", {"certificate": "strange-client"}),
    ("MUTUAL", "it refuses the client's certificate, which has expired: see kafka", {"certificate": "late-client"}),
    ("TLS", "it speaks TLS: kafka.security.protocol must be SSL, not PLAINTEXT", {"protocol": "PLAINTEXT"}),
    ("PLAINTEXT", "it speaks no TLS: kafka.security.protocol must be PLAINTEXT, not SSL", {}),
    ("SASLTLS", "it asks who we are: kafka.security.protocol must be SASL_SSL, not SSL", {}),
    ("SASLTLS", "it speaks TLS: .* must be SASL_SSL, not SASL_PLAINTEXT", {"protocol": "SASL_PLAINTEXT", **SCRAM}),
    ("TLS", "it asks for no login: .* must be SSL, not SASL_SSL", {"protocol": "SASL_SSL", **SCRAM}),
    (
        "SASL",
        "it takes no SCRAM-SHA-256, but SCRAM-SHA-512, PLAIN: see kafka.security.mechanism",
        {"protocol": "SASL_PLAINTEXT", **SCRAM, "mechanism": "SCRAM-SHA-256"},
    ),
    (
        "SASLTLS",
        f"it refuses the login of {USERNAME} .*: see kafka.security.username and password",
        {"protocol": "SASL_SSL", **SCRAM, "password": "wrong-secret"},
    ),
    ("NOWHERE", "connection refused", {"protocol": "PLAINTEXT"}),
]


@pytest.mark.parametrize(("listener", "expected", "said"), WRONG)
def test_who_does_not_get_in_is_told_why(
    secured: SecuredNode, monkeypatch: pytest.MonkeyPatch, listener: str, expected: str, said: dict[str, str]
) -> None:
    monkeypatch.setattr(kafka, "REQUEST_SECONDS", 1.5)
    folder = secured.files.authority.certificate.parent
    security = {"protocol": "SSL", **said}
    if (name := security.pop("certificate", "")) != "":
        security |= {"certificate_file": f"{folder}/{name}.certificate.pem", "key_file": f"{folder}/{name}.key.pem"}
    if security["protocol"].endswith("SSL"):
        security["ca_file"] = f"{folder}/{security.get('ca_file') or 'authority'}.pem"
        if said.get("ca_file") == "":
            del security["ca_file"]
    address = "127.0.0.1:1" if listener == "NOWHERE" else secured.address(listener)
    faults = asyncio.run(check_brokers(configuration(address, security), print))
    assert len(faults) == 1
    assert re.fullmatch(rf"kafka\.brokers: {address}: {expected}.*", faults[0])


def configuration(address: str, security: dict[str, Any]) -> Configuration:
    job = {"name": "vip", "kind": "export_audience", "authorization": "main", "topics": ["members"], "tag": "VIP"}
    return Configuration.model_validate(
        {
            "kafka": {"brokers": address, "security": security},
            "authorizations": [{"name": "main", "base_url": "http://127.0.0.1:1", "api_key": "demo-key"}],
            "jobs": [job],
        }
    )


def test_without_a_token_nobody_is_asked(secured: SecuredNode, corridor: Corridor) -> None:
    provider = f"tokens_{corridor.name}:nothing"
    security = {"protocol": "SASL_PLAINTEXT", "mechanism": "OAUTHBEARER", "token_provider": provider}
    told = f"kafka.security.token_provider: {provider}: ConnectionError: https://idp.example.com answered 503 to ..."
    assert asyncio.run(check_brokers(configuration(secured.address("TOKEN"), security), print)) == [told]
    corridor.configuration["kafka"].update(brokers=secured.address("TOKEN"), security=security)
    worker = corridor.start()
    until(lambda: worker.said(f"token_awaited reason={told}"), "it says so")
    assert worker.stop() == 0
    assert not worker.said("s3cr3t")


def test_a_job_whose_login_is_refused_says_so_and_ends(secured: SecuredNode, corridor: Corridor) -> None:
    security = {"protocol": "SASL_PLAINTEXT", **SCRAM, "password": "wrong-secret"}
    corridor.configuration["kafka"].update(brokers=secured.address("SASL"), security=security)
    worker = corridor.start(corridor.name)
    assert worker.process.wait(60) == 1
    *_, last = worker.log.read_text().splitlines()
    told = f"{secured.address('SASL')}: it refuses the login of {USERNAME}"
    assert f"job_failed job={corridor.name} error={told}" in last
    assert worker.said(f"brokers_awaited job={corridor.name} reason={told}")
    assert not worker.said("Traceback")
    assert not worker.said("wrong-secret")


@pytest.mark.parametrize("command", [("topics",), ("status",), ("dead-letters", "list")])
def test_commands_say_why_in_one_line(secured: SecuredNode, corridor: Corridor, command: tuple[str, ...]) -> None:
    security = {"protocol": "SSL", "ca_file": str(secured.files.strange.certificate)}
    corridor.configuration["kafka"].update(brokers=secured.address("TLS"), security=security)
    path = str(corridor.write_configuration())
    environ = {**os.environ, "INFOBIP_API_KEY": "demo-key"}
    done = call(["streams", *command, "-c", path], cwd=ROOT, environ=environ)
    assert done.returncode == 1
    told = rf"{secured.address('TLS')}: its certificate is signed by nobody we trust .*: see kafka\.security\.ca_file"
    assert re.fullmatch(rf"infobip-streams: kafka\.brokers: {told}\n", done.stderr)
