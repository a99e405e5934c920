"""What `webhooks` shows of the addresses that Infobip tells, and the subscriptions that it makes of them."""

import asyncio
import os
from pathlib import Path

import pytest

from schemas.configuration import Configuration
from schemas.content import CHANNEL_NAMES
from streams.channels.notifications import ADDRESSED, NOTIFICATIONS, SUBSCRIBED
from streams.cli.webhooks import subscribe_all, webhook_lines
from streams.config import load as config
from streams.errors import ConfigurationError
from tests import forked
from tests.infobip.asking import serving
from tests.infobip.subscription_fakes import SubscriptionKeeper, faults_of
from tests.openapi import read_published

JOBS = """\
kafka: {{brokers: "127.0.0.1:1"{prefix}}}
authorizations: [{{name: main, base_url: "{infobip}", api_key: demo-key}}]
{webhooks}
jobs:
  - {{name: contacts, kind: import_contacts, authorization: main}}
"""
SEND = """\
  - name: {channel}
    kind: send_message
    authorization: main
    topics: [memberships]
    sender: "447860099299"
    content: {content}
"""
WEBHOOKS = "webhooks: {public_url: https://h.example.com/infobip/, secret: hush}"
TOKEN = "G2MVtI-Mqk6ZVzb6IgWF_KfXhkHsbr8vX3RXPl_rA3A"
SMS = SEND.format(channel="sms", content="{channel: sms, text: Hello}")
LMS = SEND.format(channel="lms", content="{channel: lms, title: News, text: Hello, reseller_code: 77}")
WHATSAPP = SEND.format(channel="wa", content="{channel: whatsapp_text, text: Hello}")
WHATSAPP_INBOUND = "INBOUND_MESSAGE, MARKETING_SUBSCRIPTION_UPDATE"


def text_of(*sends: str, webhooks: str = WEBHOOKS, infobip: str = "http://127.0.0.1:1", prefix: str = "") -> str:
    return JOBS.format(webhooks=webhooks, infobip=infobip, prefix=prefix) + "".join(sends)


def read(*sends: str, **others: str) -> Configuration:
    return config.parse(text_of(*sends, **others), {}, "jobs.yaml")


def rows(*sends: str, every: bool = False, **others: str) -> list[str]:
    return [line for line in webhook_lines(read(*sends, **others), every=every) if not line.startswith("#")]


def test_each_address_is_shown_with_its_token_and_where_to_enter_it() -> None:
    at = f"https://h.example.com/infobip/t/{TOKEN}"
    assert rows(SMS, LMS, WHATSAPP) == [
        f"reports  sms       {at}/reports/sms       subscription of SMS to DELIVERY",
        f"clicks   sms       {at}/clicks/sms        subscription of SMS to CLICK",
        f"inbound  sms       {at}/inbound/sms       subscription of SMS to INBOUND_MESSAGE",
        f"reports  whatsapp  {at}/reports/whatsapp  subscription of WHATSAPP to DELIVERY, SEEN",
        f"clicks   whatsapp  {at}/clicks/whatsapp   subscription of WHATSAPP to CLICK",
        f"inbound  whatsapp  {at}/inbound/whatsapp  subscription of WHATSAPP to {WHATSAPP_INBOUND}",
    ]


def test_all_addresses_are_shown_on_demand() -> None:
    shown = {tuple(row.split()[:2]) for row in rows(every=True)}
    assert shown == {(one.what, one.channel) for one in NOTIFICATIONS}


def test_the_heading_says_what_to_do_with_them_and_no_line_holds_the_secret() -> None:
    shown = list(webhook_lines(read(SMS), every=True))
    assert shown[0].startswith("# Messages of this service carry the addresses")
    assert "hush" not in "\n".join(shown)


@pytest.mark.parametrize(
    ("fault", "webhooks", "sends"),
    [
        ("webhooks: is missing, so that Infobip has nobody to tell", "", [SMS]),
        (
            "webhooks.mode: with pull Infobip is asked, and calls nobody: there are no addresses",
            "webhooks: {mode: pull}",
            [SMS],
        ),
        ("jobs: none sends or receives messages; --all shows the addresses of all channels", WEBHOOKS, []),
    ],
)
def test_who_has_no_addresses_is_told_why(fault: str, webhooks: str, sends: list[str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        rows(*sends, webhooks=webhooks)
    assert caught.value.faults == [fault]


def test_every_channel_of_jobs_has_addresses() -> None:
    named = {"whatsapp_text": "whatsapp", "whatsapp_template": "whatsapp", "lms": "sms"}
    assert {named.get(channel, channel) for channel in CHANNEL_NAMES} <= set(ADDRESSED)
    assert set(ADDRESSED) - SUBSCRIBED.keys() == {"omni"}


def test_the_events_are_published_ones_of_their_channels() -> None:
    schemas = read_published("subscriptions-api")["components"]["schemas"]
    by_name = {name.rpartition(".")[2].lower(): schema for name, schema in schemas.items()}
    assert set(SUBSCRIBED.values()) <= set(by_name["subscriptionchannel"]["enum"])
    for one in NOTIFICATIONS:
        if one.channel in SUBSCRIBED:
            known = by_name[f"simple{SUBSCRIBED[one.channel].replace('_', '').lower()}events"]["enum"]
            assert set(one.events) <= set(known), one


def subscribed(keeper: SubscriptionKeeper, *sends: str, every: bool = False, **others: str) -> list[str]:
    """What is said of it, by a server that keeps what it is told."""

    async def story() -> list[str]:
        said: list[str] = []
        async with serving({"/subscriptions/1/{rest:.*}": keeper.by_aiohttp}) as url:
            await subscribe_all(read(*sends, infobip=url, **others), every=every, say=said.append)
        return said

    return asyncio.run(story())


def test_a_channel_is_subscribed_to_address_by_address() -> None:
    keeper = SubscriptionKeeper()
    said = subscribed(keeper, SMS)
    assert said[0] == "main: security infobip-streams created"
    assert said[1:] == [
        f"main: {sort} infobip-streams-sms-{what} created"
        for what in ("reports", "clicks", "inbound")
        for sort in ("profile", "subscription")
    ]
    assert keeper.kept["security/infobip-streams"] == {
        "authId": "infobip-streams",
        "type": "BASIC",
        "credentials": {"username": "infobip-streams", "password": "hush"},
    }
    profile = keeper.kept["profiles/infobip-streams-sms-clicks"]
    assert profile["webhook"]["notifyUrl"] == "https://h.example.com/infobip/clicks/sms"
    assert keeper.kept["subscription/SMS/infobip-streams-sms-clicks"]["events"] == ["CLICK"]
    assert {line.rpartition(" ")[2] for line in subscribed(keeper, SMS)} == {"unchanged"}


def test_all_channels_are_subscribed_to_on_demand_as_the_published_schema_has_it() -> None:
    keeper = SubscriptionKeeper()
    subscribed(keeper, every=True)
    wanted = [one for one in NOTIFICATIONS if one.channel in SUBSCRIBED]
    assert len(keeper.kept) == 1 + 2 * len(wanted)
    assert [(asked, faults_of(asked)) for asked in keeper.asked if faults_of(asked)] == []


@pytest.mark.parametrize(
    ("algorithm", "theirs"),
    [("MD5", "HMAC_MD5"), ("SHA1", "HMAC_SHA_1"), ("SHA256", "HMAC_SHA_256"), ("SHA512", "HMAC_SHA_512")],
)
def test_infobip_signs_where_the_file_says_how(algorithm: str, theirs: str) -> None:
    keeper, how = SubscriptionKeeper(), f"hmac: {{header: X-S, algorithm: {algorithm}}}"
    subscribed(keeper, SMS, webhooks=f"webhooks: {{public_url: h.example.com, secret: [hush, old], {how}}}")
    security = keeper.kept["security/infobip-streams"]
    assert (security["type"], security["credentials"]) == ("HMAC", {"secretKey": "hush", "algorithm": theirs})
    assert [faults_of(asked) for asked in keeper.asked if faults_of(asked)] == []


def test_services_with_topics_of_their_own_have_subscriptions_of_their_own() -> None:
    keeper = SubscriptionKeeper()
    subscribed(keeper, SMS, prefix=", topic_prefix: staging.")
    assert "subscription/SMS/infobip-streams-staging-sms-reports" in keeper.kept
    assert "security/infobip-streams-staging" in keeper.kept


def test_who_sends_nothing_subscribes_to_nothing() -> None:
    keeper = SubscriptionKeeper()
    with pytest.raises(ConfigurationError) as caught:
        subscribed(keeper)
    assert caught.value.faults == ["jobs: none sends messages; --all subscribes to all channels"]
    assert keeper.asked == []


def test_at_a_terminal_it_is_a_command(tmp_path: Path) -> None:
    (tmp_path / "jobs.yaml").write_text(text_of(SMS))
    shown = forked.call(["streams", "webhooks", "-c", "jobs.yaml"], cwd=tmp_path, environ=os.environ)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"/t/{TOKEN}/reports/sms" in shown.stdout
    away = forked.call(["streams", "webhooks", "-c", "jobs.yaml", "--subscribe"], cwd=tmp_path, environ=os.environ)
    assert (away.returncode, away.stdout) == (1, "")
    assert away.stderr.startswith("infobip-streams: Infobip at http://127.0.0.1:1")


RECEIVE = """\
  - {name: help, kind: receive_messages, authorization: main, channel: sms, number: 447860099299, keyword: HELP}
  - {name: chat, kind: receive_messages, authorization: main, channel: whatsapp, number: 447860099299}
"""


def test_jobs_that_receive_have_lines_of_their_own_and_are_not_subscribed_for() -> None:
    at = f"https://h.example.com/infobip/t/{TOKEN}/inbound"
    assert rows(RECEIVE) == [
        f"inbound  sms       {at}/sms       number 447860099299, keyword HELP: job help subscribes by itself",
        f"inbound  whatsapp  {at}/whatsapp  number 447860099299: job chat subscribes by itself",
    ]
    assert [row.split()[:2] for row in rows(SMS, RECEIVE)] == [
        ["reports", "sms"],
        ["clicks", "sms"],
        ["inbound", "sms"],
        ["inbound", "sms"],
        ["inbound", "whatsapp"],
    ]
    keeper = SubscriptionKeeper()
    with pytest.raises(ConfigurationError):
        subscribed(keeper, RECEIVE)
    assert keeper.asked == []
