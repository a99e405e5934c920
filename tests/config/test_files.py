"""Files that authorizations name: found beside jobs.yaml, read, and told of where they are not as they must be."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from schemas.configuration import Configuration
from streams.config import load as config
from streams.errors import ConfigurationError
from tests.configuring import CONTRACT, ENVIRON, changed, jobs_checker

KEY = "api_key: ${INFOBIP_API_KEY}"
FROM_FILE = changed(KEY, "api_key_file: keys/infobip")


def load(folder: Path, text: str) -> Configuration:
    (folder / "jobs.yaml").write_text(text)
    return config.load(folder / "jobs.yaml", ENVIRON)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text)
    return caught.value.faults


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "infobip").write_text("hush-key\n")
    return tmp_path


@pytest.mark.parametrize(
    "content", [b"hush-key", b"hush-key\n", b"hush-key\r\n", b"hush-key\n\n", b"\xef\xbb\xbfhush-key"]
)
def test_a_key_is_read_from_a_file_beside_jobs_yaml(
    content: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "keys" / "infobip").write_bytes(content)
    monkeypatch.chdir("/")
    for name in ("keys/infobip", str(folder / "keys" / "infobip")):
        (authorization,) = load(folder, changed(KEY, f"api_key_file: {name}")).authorizations
        assert authorization.key == "hush-key"
        assert "hush" not in repr(authorization)


def test_a_key_comes_through_a_pipe_that_can_be_read_once(folder: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"hush-key\n")
    os.close(writer)
    try:
        (authorization,) = load(folder, changed(KEY, f"api_key_file: /dev/fd/{reader}")).authorizations
    finally:
        os.close(reader)
    assert authorization.key == "hush-key"


@pytest.mark.parametrize(
    ("expected", "content"),
    [
        ("{file} is empty", b""),
        ("{file} is empty", b"\n"),
        ("{file} is empty", b" \n"),
        ("what {file} holds must be one line of plain characters without spaces", b"hush\nhush\n"),
        ("what {file} holds must be one line of plain characters without spaces", b"hush hush"),
        ("what {file} holds must be one line of plain characters without spaces", b"\xff\xfeh\x00u\x00s\x00h\x00"),
    ],
)
def test_a_file_that_holds_no_key_is_told(expected: str, content: bytes, folder: Path) -> None:
    file = folder / "keys" / "infobip"
    file.write_bytes(content)
    assert faults(folder, FROM_FILE) == [f"authorizations[0].api_key_file: {expected.format(file=file)}"]


def test_a_file_that_cannot_be_read_is_told_along_with_all_else(folder: Path) -> None:
    text = changed("tag: VIP", "colour: red", changed(KEY, "api_key_file: none\n    ca_file: keys"))
    assert faults(folder, text) == [
        f"authorizations[0].api_key_file: there is no file {folder / 'none'}",
        f"authorizations[0].ca_file: {folder / 'keys'}: Is a directory",
        "jobs[0].colour: unknown key",
    ]
    assert faults(folder, changed(KEY, 'api_key_file: "a\\0b"')) == [
        "authorizations[0].api_key_file: is no name that a file can have"
    ]
    assert faults(folder, changed(KEY, "api_key_file: ${NONE}")) == [
        "authorizations[0].api_key_file: the environment variable NONE is not set"
    ]


def test_one_key_is_needed_and_not_two(folder: Path) -> None:
    assert faults(folder, changed(f"    {KEY}\n", "")) == ["authorizations[0].api_key: is missing"]
    assert faults(folder, changed(KEY, f"{KEY}\n    api_key_file: keys/infobip")) == [
        "authorizations[0].api_key: is given by api_key_file, too: say one of them (filled in from ${INFOBIP_API_KEY})"
    ]


def test_an_editor_is_told_so_too() -> None:
    checker = jobs_checker()
    text = CONTRACT.replace("${KAFKA_PASSWORD}", "p").replace("${WEBHOOK_SECRET}", "s")
    for key, valid in (("api_key: k", True), ("api_key_file: k", True), ("label: none", False)):
        document = yaml.safe_load(text.replace("label: Infobip production", "label: x").replace(KEY, "limits: {}"))
        document["authorizations"][0] |= yaml.safe_load(key)
        assert checker.is_valid(document) == valid, key


def test_certificates_that_are_none_are_told(folder: Path) -> None:
    certificate = folder / "ca.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ca", "-keyout", "/dev/null"]
    subprocess.run([*make, "-out", certificate], check=True, capture_output=True)
    text = changed(KEY, f"{KEY}\n    ca_file: ca.pem")
    assert load(folder, text).authorizations[0].ca_file == str(certificate)
    assert faults(folder, text.replace("xyz123.api", "http://xyz123.api")) == [
        "authorizations[0].ca_file: has no use with http://, which is not encrypted"
    ]
    for content in (b"", b"hush", certificate.read_bytes()[:300]):
        certificate.write_bytes(content)
        assert faults(folder, text) == [
            f"authorizations[0].ca_file: {certificate} holds no certificates that can be read (PEM)"
        ]
    certificate.unlink()
    assert faults(folder, text) == [f"authorizations[0].ca_file: there is no file {certificate}"]
