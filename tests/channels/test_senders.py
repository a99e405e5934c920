"""Who can be a sender on each channel: what never can is a fault, with its place and the right form."""

import json
from typing import Any

import pytest

from schemas.content import CHANNEL_NAMES, CONTENTS
from tests.configuring import CONTRACT, JOB, faults_of, read
from tests.contents import send_job

#: An SMS that stands in for a message of these channels.
FAILOVERS = ("whatsapp_template", "mms", "viber", "rcs", "kakao_alim", "kakao_chingu")


def configured(channel: str, sender: str, **content: Any) -> str:
    job = send_job(channel, "t", "vip", sender=sender)
    job["content"] |= content
    return f"{CONTRACT[: -len(JOB)]}  - {json.dumps(job, ensure_ascii=False)}\n"


LENGTH = "must be 3 to 11 characters, not {}, or a number of up to 15 digits"
DIGITS = "must be written in digits alone, its country's first, such as 447860099299"
SIGNS = "must consist of letters, digits, blanks and signs such as . - _ & that an SMS can show as a sender"
NUMBER = "must be the number of a WhatsApp sender in digits alone, its country's first, such as 447860099299"
MAILBOX = "must be an email address, or a name with one, such as Acme <news@acme.example>"
RCS = "must be the name of an RCS sender: 3 to 40 letters, digits, _ and -, at least one letter"

WRONG = [
    *(
        (channel, sender, fault)
        for channel in ("sms", "lms", "mms")
        for sender, fault in (
            ("HGS Callcenter Munich", LENGTH.format(21)),
            ("Ac", LENGTH.format(2)),
            ("Joe's 🍕", SIGNS),
            ("Ацме", SIGNS),
            ("Acme\tShop", SIGNS),
            ("A{cme}", SIGNS),
            ("...", SIGNS),
            (" Acme", "must not begin or end with a blank"),
            ("+44 7860 099299", DIGITS),
            ("+447860099299", DIGITS),
            ("00447860099299", DIGITS),
            ("44-7860-099299", DIGITS),
            ("4" * 16, "a number must have 3 to 15 digits, not 16"),
            ("12", "a number must have 3 to 15 digits, not 2"),
        )
    ),
    *(
        (channel, sender, NUMBER)
        for channel in ("whatsapp_text", "whatsapp_template")
        for sender in ("+447860099299", "Acme", "07860099299", "447860 099299", "44786")
    ),
    *(
        ("email", sender, MAILBOX)
        for sender in ("Acme", "acme.example", "a@b", "Acme <news@acme.example", "news@acme.example>", "a@b.example c")
    ),
    ("rcs", "Acme Shop", RCS),
    ("rcs", "447860099299", RCS),
    ("rcs", "+447860099299", RCS),
    ("viber", "a" * 21, "must be at most 20 characters"),
    ("viber", "Acme ", "must not begin or end with a blank"),
    ("kakao_alim", "Acme\u200b", "must be one line of printable characters"),
    ("kakao_chingu", "a" * 256, "must be at most 255 characters"),
]
RIGHT = {
    "sms": ("Acme", "InfoSMS", "Acme Shop", "A&B Co.", "Müller", "447860099299", "15881588", "12345", "123", "1" * 15),
    "email": ("news@acme.example", "Acme <news@acme.example>", '"Acme, Inc." <a.b+c@news.acme.example>', "a@bücher.de"),
    "whatsapp_text": ("447860099299", "14155550123"),
    "rcs": ("Acme", "DemoSender", "acme_shop-1"),
    "viber": ("Acme", "Acme Shop", "441134960000"),
    "kakao_alim": ("@acme", "OFFICIAL-ACCOUNT-ID-123"),
}


@pytest.mark.parametrize(("channel", "sender", "fault"), WRONG)
def test_who_never_can_be_a_sender_is_a_fault(channel: str, sender: str, fault: str) -> None:
    assert faults_of(configured(channel, sender)) == [f"jobs[0].sender: {fault}"]
    kind = CONTENTS[channel].sender_kinds(channel)[-1]
    profiles = json.dumps({"main": {kind: sender}}, ensure_ascii=False)
    text = configured(channel, "main").replace("jobs:", f"senders: {profiles}\njobs:", 1)
    assert faults_of(text) == [f"senders.main.{kind}: {fault}"]


def test_whoever_a_profile_names_is_looked_at_whether_or_not_a_job_takes_them() -> None:
    senders = {"sms": "HGS Callcenter Munich", "lms": "A", "whatsapp": "Acme", "kakao": "Acme ", "email": "Acme"}
    profiles = json.dumps({"idle": senders, "fine": {"rcs": "Acme", "whatsapp_text": "447860099299"}})
    text = configured("sms", "Acme").replace("jobs:", f"senders: {profiles}\njobs:", 1)
    found = [fault.partition(": ")[0] for fault in faults_of(text)]
    assert sorted(found) == sorted(f"senders.idle.{kind}" for kind in senders)


@pytest.mark.parametrize(("channel", "sender"), [(channel, one) for channel, them in RIGHT.items() for one in them])
def test_whoever_may_be_one_is_taken(channel: str, sender: str) -> None:
    assert read(configured(channel, sender)).jobs[0].model_dump()["sender"] == sender


@pytest.mark.parametrize("channel", FAILOVERS)
@pytest.mark.parametrize(
    ("fault", "sender"), [(LENGTH.format(21), "HGS Callcenter Munich"), (DIGITS, "+447860099299"), (SIGNS, "Joe's 🍕")]
)
def test_the_sender_of_an_sms_instead_is_one_of_sms(channel: str, fault: str, sender: str) -> None:
    said = send_job(channel, "t", "vip")["sender"]
    text = configured(channel, said, sms_failover={"sender": sender, "text": "Hi"})
    assert faults_of(text) == [f"jobs[0].content.sms_failover.sender: {fault}"]
    assert read(configured(channel, said, sms_failover={"sender": "Acme", "text": "Hi"}))


def test_every_channel_says_who_can_send() -> None:
    assert all(CONTENTS[channel].sender_fault("\n") is not None for channel in CHANNEL_NAMES)
