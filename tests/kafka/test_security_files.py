"""The files and the function that kafka.security names, as far as this machine can judge them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.config.load import load
from streams.errors import ConfigurationError
from streams.kafka.security_files import find_beside, security_faults
from tests.configuring import CONTRACT
from tests.integration.certificates import KEY_PASSWORD, Authority, Pair, encrypted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    ours = Authority(folder, "authority")
    encrypted(ours.sign("client"))
    ours.sign("other")
    (folder / "words.pem").write_text("these are words")
    (folder / "empty.pem").write_text("")
    (folder / "spoilt.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (folder / "spoilt.key.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    (folder / "signing_in.py").write_text("def token():\n    return 'a', 2_000_000_000\nnothing = 7\n")
    (folder / "broken_signing_in.py").write_text("import no_such_module\n")
    return folder


CLIENT = {"certificate_file": "client.certificate.pem", "key_file": "client.key.pem"}
TOKEN = {"protocol": "SASL_SSL", "mechanism": "OAUTHBEARER"}


@pytest.fixture(autouse=True)
def _path() -> Iterator[None]:
    before = list(sys.path)
    yield
    sys.path[:] = before


def faults(folder: Path, said: dict[str, Any]) -> list[str]:
    """What is said of kafka.security, with the folder written as `.`."""
    written = f"kafka: {{brokers: a, security: {{protocol: SSL, {', '.join(f'{k}: {v}' for k, v in said.items())}}}}}\n"
    if "protocol" in said:
        written = written.replace("protocol: SSL, ", "")
    path = folder / "jobs.yaml"
    path.write_text(written + CONTRACT[CONTRACT.index("authorizations:") :])
    find_beside(folder)
    variables = dict.fromkeys(("INFOBIP_API_KEY", "WEBHOOK_SECRET", "KAFKA_PASSWORD"), "secret")
    try:
        load(path, variables, judge_security=security_faults)
    except ConfigurationError as error:
        return [fault.replace(f"{folder}/", "./").removeprefix("kafka.security.") for fault in error.faults]
    return []


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ([], {"ca_file": "authority.pem", **CLIENT}),
        ([], {**CLIENT, "key_file": "client.key.encrypted.pem", "key_password": KEY_PASSWORD}),
        ([], {**CLIENT, "key_password": KEY_PASSWORD}),
        (["ca_file: /nope/ca.pem: no such file"], {"ca_file": "/nope/ca.pem"}),
        (["ca_file: ./nope.pem: no such file"], {"ca_file": "nope.pem"}),
        (["ca_file: /: is a directory"], {"ca_file": "/"}),
        (["ca_file: is no name that a file can have"], {"ca_file": '"a\\0b"'}),
        (["ca_file: /dev/zero: holds no certificate in PEM form (-----BEGIN ...)"], {"ca_file": "/dev/zero"}),
        (["ca_file: ./words.pem: holds no certificate in PEM form (-----BEGIN ...)"], {"ca_file": "words.pem"}),
        (["ca_file: ./empty.pem: holds no certificate in PEM form (-----BEGIN ...)"], {"ca_file": "empty.pem"}),
        (["ca_file: ./other.key.pem: holds no certificate in PEM form (-----BEGIN ...)"], {"ca_file": "other.key.pem"}),
        (["ca_file: ./spoilt.pem: holds a certificate that cannot be read"], {"ca_file": "spoilt.pem"}),
        (
            ["key_file: ./other.certificate.pem: holds no private key in PEM form (-----BEGIN ...)"],
            {**CLIENT, "key_file": "other.certificate.pem"},
        ),
        (
            ["key_file: ./spoilt.key.pem: holds a private key that cannot be read"],
            {**CLIENT, "key_file": "spoilt.key.pem"},
        ),
        (
            [
                "ca_file: ./nope.pem: no such file",
                "key_file: ./other.key.pem: is the key of another certificate than certificate_file",
            ],
            {"ca_file": "nope.pem", **CLIENT, "key_file": "other.key.pem"},
        ),
        (
            ["key_file: ./client.key.encrypted.pem: is encrypted: give its kafka.security.key_password"],
            {**CLIENT, "key_file": "client.key.encrypted.pem"},
        ),
        (
            ["key_password: does not open ./client.key.encrypted.pem"],
            {**CLIENT, "key_file": "client.key.encrypted.pem", "key_password": "another"},
        ),
        (
            ["key_password: does not open ./client.key.encrypted.pem"],
            {**CLIENT, "key_file": "client.key.encrypted.pem", "key_password": "long" * 1000},
        ),
        (
            ["certificate_file: ./nope.pem: no such file", "unknown: unknown key"],
            {**CLIENT, "certificate_file": "nope.pem", "unknown": "1"},
        ),
        ([], {**TOKEN, "token_provider": "'signing_in:token'"}),
        (
            ["token_provider: signing_in:nothing: the module signing_in has no function nothing"],
            {**TOKEN, "token_provider": "'signing_in:nothing'"},
        ),
        (
            ["token_provider: nobody_here.at_all:token: ModuleNotFoundError: No module named 'nobody_here'"],
            {**TOKEN, "token_provider": "'nobody_here.at_all:token'"},
        ),
        (
            ["token_provider: broken_signing_in:token: ModuleNotFoundError: No module named 'no_such_module'"],
            {**TOKEN, "token_provider": "'broken_signing_in:token'"},
        ),
    ],
)
def test_what_is_there_and_fits(folder: Path, expected: list[str], said: dict[str, Any]) -> None:
    assert faults(folder, said) == expected


def test_a_pair_is_made_of_one_name(folder: Path) -> None:
    """What the other tests rest on."""
    assert Pair(*(folder / f"client.{kind}.pem" for kind in ("certificate", "key", "both"))).both.is_file()
