"""What jobs.yaml says of the receiver: every fault with its place, and the addresses that come of it."""

import base64
import hashlib
import hmac
from datetime import timedelta

import jsonschema
import pytest
import yaml

from schemas.config.webhooks import Webhooks
from streams.config.editor_schema import json_schema
from tests.configuring import CONTRACT, ENVIRON, changed, faults_of, read

SAID = "webhooks: {host: 0.0.0.0, port: 6066, public_url: https://hooks.example.com, secret: ${WEBHOOK_SECRET}}"


def saying(webhooks: str) -> str:
    return changed(SAID, f"webhooks: {webhooks}")


def webhooks_of(text: str, **variables: str) -> Webhooks:
    found = read(saying(text), **variables).webhooks
    assert found is not None
    return found


def token(secret: str) -> str:
    """The token of a secret, worked out anew."""
    made = hmac.new(secret.encode(), b"infobip-streams/webhooks/token", hashlib.sha256).digest()
    return base64.b64encode(made, b"-_").decode().removesuffix("=")


def test_the_receiver_needs_little_to_be_said() -> None:
    found = webhooks_of("{public_url: hooks.example.com, secret: s}")
    assert (found.host, found.port, found.mode, found.max_body_bytes) == ("0.0.0.0", 6066, "push", 4 << 20)  # noqa: S104 - the default
    assert (found.hmac, found.every_seconds, found.gap_after) == (None, 5, timedelta(minutes=15))
    assert (found.consent_words.out, found.consent_words.in_) == ((), ())


def test_everything_can_be_said() -> None:
    found = webhooks_of(
        "{public_url: https://hooks.example.com, secret: [new, old], max_body_bytes: 1000, gap_after: {hours: 1},"
        " hmac: {header: X-Infobip-Signature, algorithm: SHA512, encoding: base64},"
        " consent_words: {out: [NIET MEER], in: [WEER]}}"
    )
    assert found.hmac is not None
    assert (found.hmac.header, found.hmac.algorithm, found.hmac.encoding) == ("X-Infobip-Signature", "SHA512", "base64")
    assert (found.max_body_bytes, found.gap_after) == (1000, timedelta(hours=1))
    assert (found.consent_words.out, found.consent_words.in_) == (("NIET MEER",), ("WEER",))


def test_signatures_are_sha_256_in_hex_unless_said_otherwise() -> None:
    signed = webhooks_of("{public_url: h.example.com, secret: s, hmac: {header: X-Infobip-Signature}}").hmac
    assert signed is not None
    assert (signed.algorithm, signed.encoding) == ("SHA256", "hex")


def test_the_first_secret_is_given_out_and_all_are_accepted() -> None:
    found = webhooks_of('{public_url: h.example.com, secret: ["${NEW}", "${OLD}"]}', NEW="hush-new", OLD="hush-old")
    assert found.secrets == ("hush-new", "hush-old")
    assert found.tokens == (token("hush-new"), token("hush-old"))
    assert found.address("reports", "sms") == f"https://h.example.com/t/{token('hush-new')}/reports/sms"


def test_no_secret_is_shown() -> None:
    found = webhooks_of("{public_url: h.example.com, secret: [hush-1, hush-2]}")
    shown = f"{found!r} {found.model_dump_json()} {found.tokens} {found.address('reports', 'sms')}"
    assert "hush" not in shown


@pytest.mark.parametrize(
    ("channel", "word"),
    [
        ("sms", "sms"),
        ("lms", "sms"),
        ("mms", "mms"),
        ("email", "email"),
        ("viber", "viber"),
        ("rcs", "rcs"),
        ("whatsapp_text", "whatsapp"),
        ("whatsapp_template", "whatsapp"),
        ("kakao_alim", "kakao_alim"),
        ("kakao_chingu", "kakao_chingu"),
        ("omni", "omni"),
    ],
)
def test_channels_of_one_product_share_an_address(channel: str, word: str) -> None:
    found = webhooks_of("{public_url: h.example.com, secret: s}")
    assert found.address("clicks", channel) == f"https://h.example.com/t/{token('s')}/clicks/{word}"
    assert found.plain_address("clicks", channel) == f"https://h.example.com/clicks/{word}"


@pytest.mark.parametrize(
    ("public_url", "begins"),
    [
        ("https://h.example.com/", "https://h.example.com/t/"),
        ("https://h.example.com/infobip/eu", "https://h.example.com/infobip/eu/t/"),
        ("https://h.example.com/infobip/", "https://h.example.com/infobip/t/"),
        ("http://127.0.0.1:6066", "http://127.0.0.1:6066/t/"),
    ],
)
def test_addresses_begin_with_the_public_one(public_url: str, begins: str) -> None:
    found = webhooks_of(f"{{public_url: '{public_url}', secret: s}}")
    assert found.address("inbound", "mms") == f"{begins}{token('s')}/inbound/mms"


def test_who_asks_infobip_gives_out_no_address() -> None:
    found = webhooks_of("{mode: pull, every_seconds: 0.5, gap_after: {minutes: 1}}")
    assert (found.every_seconds, found.secrets, found.tokens) == (0.5, (), ())
    assert found.address("reports", "sms") is None
    assert found.plain_address("reports", "sms") is None


USELESS = "has no use with mode: pull, where nobody calls: leave it out"
PLAIN = "must be plain characters on one line, without a blank or line break at either end"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("webhooks.secret: is missing", "{public_url: h.example.com}"),
        ("webhooks.secret: is missing", "{public_url: h.example.com, secret: []}"),
        ("webhooks.public_url: is missing", "{secret: s}"),
        ("webhooks.public_url: is missing", "{mode: push, secret: s}"),
        (f"webhooks.public_url: {USELESS}", "{mode: pull, public_url: h.example.com}"),
        (f"webhooks.secret: {USELESS}", "{mode: pull, secret: s}"),
        (f"webhooks.hmac: {USELESS}", "{mode: pull, hmac: {header: X-S}}"),
        ("webhooks.mode: must be 'push' or 'pull', not 'poll'", "{mode: poll}"),
        ("webhooks.secret: must not be empty", "{public_url: h.example.com, secret: ''}"),
        ("webhooks.secret[1]: must not be empty", "{public_url: h.example.com, secret: [s, '']}"),
        (f"webhooks.secret: {PLAIN}", '{public_url: h.example.com, secret: "s\\n"}'),
        (f"webhooks.secret[1]: {PLAIN}", "{public_url: h.example.com, secret: [s, 'ü']}"),
        ("webhooks.secret: names a secret more than once", "{public_url: h.example.com, secret: [s, s]}"),
        (
            "webhooks.secret: must be at most 255 characters, not 256",
            f"{{public_url: h.example.com, secret: {'s' * 256}}}",
        ),
        (
            "webhooks.public_url: must be at most 400 characters, not 422",
            f"{{public_url: h.example.com/{'p' * 400}, secret: s}}",
        ),
        ("webhooks.public_url: must end before the ? or #", "{public_url: 'h.example.com/?a=b', secret: s}"),
        ("webhooks.hmac.header: is missing", "{public_url: h.example.com, secret: s, hmac: {}}"),
        (
            "webhooks.hmac.header: must be the name of a header, such as X-Infobip-Signature",
            "{public_url: h.example.com, secret: s, hmac: {header: 'X S'}}",
        ),
        (
            "webhooks.hmac.algorithm: must be 'MD5', 'SHA1', 'SHA224', 'SHA256', 'SHA384' or 'SHA512', not 'CRC'",
            "{public_url: h.example.com, secret: s, hmac: {header: X-S, algorithm: CRC}}",
        ),
        ("webhooks.max_body_bytes: must be at least 1, not 0", "{public_url: h, secret: s, max_body_bytes: 0}"),
        ("webhooks.every_seconds: must be more than 0, not 0", "{mode: pull, every_seconds: 0}"),
        (
            "webhooks.gap_after: must be a mapping of one unit (seconds, minutes, hours, days), such as {hours: 12}",
            "{mode: pull, gap_after: 15}",
        ),
        ("webhooks.consent_words.in[0]: must not be empty", "{mode: pull, consent_words: {in: ['']}}"),
    ],
)
def test_a_fault_names_its_place_and_what_to_do(fault: str, said: str) -> None:
    assert faults_of(saying(said)) == [fault]


def test_a_secret_of_the_wrong_kind_is_not_told() -> None:
    assert faults_of(saying('{public_url: h.example.com, secret: "${S}"}'), {**ENVIRON, "S": " hush "}) == [
        f"webhooks.secret: {PLAIN} (filled in from ${{S}})"
    ]


@pytest.mark.parametrize(
    ("said", "is_good"),
    [
        ("{public_url: h.example.com, secret: s}", True),
        ("{mode: push, public_url: h.example.com, secret: [s, t]}", True),
        ("{mode: pull}", True),
        ("{public_url: h.example.com}", False),
        ("{secret: s}", False),
        ("{mode: pull, secret: s}", False),
        ("{mode: pull, public_url: h.example.com}", False),
    ],
)
def test_an_editor_knows_what_goes_with_which_mode(said: str, *, is_good: bool) -> None:
    job = {"name": "contacts", "kind": "import_contacts", "authorization": "main"}
    whole = {
        "kafka": {"brokers": "localhost:9092"},
        "authorizations": [{"name": "main", "base_url": "xyz123.api.infobip.com", "api_key": "k"}],
        "webhooks": yaml.safe_load(said),
        "jobs": [job],
    }
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(whole) is is_good


def test_the_contracts_webhooks_are_read() -> None:
    found = read(CONTRACT).webhooks
    assert found is not None
    assert found.address("seen", "rcs") == f"https://hooks.example.com/t/{token('hush-webhook')}/seen/rcs"
