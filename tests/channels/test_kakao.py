"""What Kakao's channels have beyond golden cases: what goes together, and what faults are called."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.configuration import Configuration
from schemas.content.base import RENDERED
from schemas.jobs.send_message import SendMessage
from schemas.records.message import MessageStatus
from tests.channels.faults import called, faults_of

WEB = "https://www.example.com"
APP = {"type": "APP_LINK", "name": "Open"}
LINK = {"type": "URL", "name": "See it", "url_mobile": WEB}
WORD = {"type": "BOT_KEYWORD", "name": "Help"}
FORM = {"type": "BUSINESS_FORM", "name": "Ask", "business_form_key": "1"}
ADD = {"type": "ADD_CHANNEL"}
COUPON = {"title": {"type": "SHIPPING_DISCOUNT_COUPON"}, "description": "Now", "url_mobile": WEB}
IMAGE = {"url": WEB}
ITEM = {"title": "T", "url": WEB, "url_mobile": WEB}
TEXT: dict[str, Any] = {"type": "TEXT_FREE_FORM", "text": "Hi"}
PICTURE: dict[str, Any] = {"type": "IMAGE_FREE_FORM", "text": "Hi", "image": IMAGE}
WIDE: dict[str, Any] = {"type": "IMAGE_WIDE_FREE_FORM", "text": "Hi", "image": IMAGE}
LIST: dict[str, Any] = {"type": "ITEM_LIST_FREE_FORM", "header": "Best", "item_list": [ITEM] * 3}
SHOW: dict[str, Any] = {"type": "CAROUSEL_COMMERCE_FREE_FORM"}
FILM: dict[str, Any] = {"type": "PREMIUM_VIDEO_FREE_FORM", "video": {"video_url": WEB}}
HEAD = {"header": "A", "content": "B"}
ALL = {"targeting": "ALL_CONSENT"}

TWO = "two of url_mobile, scheme_android, scheme_ios are needed"
SHAPE = "must begin with http:// or https://, without spaces"
NO_FRIEND = "a button ADD_CHANNEL needs the targeting ALL_CONSENT or NON_FRIENDS"
TOO_MANY = "Tuple should have at most {} items after validation, not {}"


def shown(*buttons: Any) -> dict[str, Any]:
    return {"attachment": {"image": IMAGE, "buttons": buttons}}


def told(*buttons: Any) -> dict[str, Any]:
    return {"header": "A", "message": "B", **shown(*buttons)}


def sale(**said: Any) -> dict[str, Any]:
    commerce = {"title": "A lamp", "regular_price": 10, **said}
    return {"type": "COMMERCE_FREE_FORM", "commerce": commerce, "image": IMAGE, "buttons": [LINK]}


def coupon(**title: Any) -> dict[str, Any]:
    return {**TEXT, "coupon": {**COUPON, "title": title}}


def alim(*buttons: Any, **said: Any) -> dict[str, Any]:
    return {"channel": "kakao_alim", "template_code": "a", "text": "Hi", "buttons": buttons, **said}


def chingu(said: dict[str, Any], *buttons: Any, **more: Any) -> dict[str, Any]:
    return {"channel": "kakao_chingu", **said, **({"buttons": buttons} if buttons else {}), **more}


@pytest.mark.parametrize(
    ("said", "place", "fault"),
    [
        (alim(*[WORD] * 6), "buttons", TOO_MANY.format(5, 6)),
        (alim({**APP, "url_mobile": WEB, "url_pc": WEB}), "buttons.0.scheme_ios", TWO),
        (alim(APP), "buttons.0.scheme_ios", TWO),
        (alim({"type": "BUSINESS_FORM", "name": "Ask"}), "buttons.0.type", "unknown"),
        (alim({"name": "Ask"}), "buttons.0.type", "Field required"),
        (alim(ADD), "buttons.0.name", "Field required"),
        (alim(type="TEXT"), "type", "Input should be 'TEMPLATE'"),
        (alim(priority="URGENT"), "priority", "Input should be 'HIGH', 'STANDARD' or 'LOW'"),
        (alim(image_url=WEB), "image_url", "Extra inputs are not permitted"),
        (chingu({"type": "TEXT", "text": "Hi"}), "type", "unknown"),
        (chingu({"text": "Hi"}), "type", "Field required"),
        (chingu(TEXT, *[WORD] * 6), "buttons", TOO_MANY.format(5, 6)),
        (chingu(TEXT, *[WORD] * 5, coupon=COUPON), "buttons", "must have at most 4 entries beside a coupon"),
        (chingu(PICTURE, *[WORD] * 5, coupon=COUPON), "buttons", "must have at most 4 entries beside a coupon"),
        (chingu(TEXT, {**APP, "scheme_ios": "a://"}), "buttons.0.scheme_ios", TWO),
        (chingu(TEXT, {"type": "DELIVERY_TRACKING", "name": "Track"}), "buttons.0.type", "unknown"),
        (chingu(TEXT, {**ADD, "name": "Us"}, **ALL), "buttons.0.name", "Extra inputs are not permitted"),
        (chingu(TEXT, WORD, FORM), "buttons", "the button BUSINESS_FORM must be the first one"),
        (chingu(TEXT, FORM, ADD, **ALL), "buttons", "the button ADD_CHANNEL must be the first one"),
        (chingu(WIDE, FORM, WORD), "buttons", "the button BUSINESS_FORM must be the last one"),
        (chingu(WIDE, ADD, FORM, **ALL), "buttons", "the button ADD_CHANNEL must be the last one"),
        (chingu(WIDE, {**WORD, "name": "123456789"}), "buttons.0.name", "must be at most 8 characters, not 9"),
        (chingu(TEXT, ADD), "", NO_FRIEND),
        (chingu(TEXT, ADD, targeting="TARGETED_FRIENDS"), "", NO_FRIEND),
        (chingu({**FILM, "button": ADD}), "", NO_FRIEND),
        (chingu(SHOW, elements=[shown(ADD), shown(LINK)]), "", NO_FRIEND),
        (
            chingu({"type": "CAROUSEL_FREE_FORM"}, elements=[told(ADD), told(LINK, ADD)], **ALL),
            "",
            "a carousel may have one button ADD_CHANNEL",
        ),
        (chingu(SHOW, elements=[shown(LINK)]), "elements", "must have at least 2 entries without a head"),
        (chingu(SHOW, elements=[shown(LINK)] * 7, head=HEAD), "elements", TOO_MANY.format(6, 7)),
        (
            chingu(LIST, item_list=[ITEM, ITEM, {**ITEM, "title": "a" * 31}]),
            "item_list.2.title",
            "must be at most 30 characters, not 31",
        ),
        (
            chingu(LIST, item_list=[{**ITEM, "title": "{{x}}" + "a" * 26}, ITEM, ITEM]),
            "item_list.0.title",
            "must be at most 25 characters in the first item, not 26",
        ),
        (chingu(LIST, item_list=[ITEM, ITEM, {**ITEM, "url_pc": "here"}]), "item_list.2.url_pc", SHAPE),
        (chingu(LIST, item_list=[ITEM, ITEM, {**ITEM, "url": "a.jpg"}]), "item_list.2.url", SHAPE),
        (chingu(PICTURE, image={"url": "a.jpg"}), "image.url", SHAPE),
        (chingu(FILM, video={"video_url": "a.mp4"}), "video.video_url", SHAPE),
        (chingu(FILM, video={"video_url": WEB, "thumbnail_url": ""}), "video.thumbnail_url", "must not be empty"),
        (chingu(FILM, video={"video_url": WEB, "thumbnail_url": "a.jpg"}), "video.thumbnail_url", SHAPE),
        (
            chingu(sale(discount_price=9)),
            "commerce",
            "discount_price goes together with discount_fixed or discount_rate",
        ),
        (chingu(coupon(type="CHEAP")), "coupon.title.type", "unknown"),
        (chingu(coupon(type="FREE_COUPON")), "coupon.title.coupon_title_parameter", "Field required"),
        (
            chingu(coupon(type="PERCENTAGE_DISCOUNT_COUPON", coupon_title_parameter=101)),
            "coupon.title.coupon_title_parameter",
            "Input should be less than or equal to 100",
        ),
        (
            chingu(coupon(type="SHIPPING_DISCOUNT_COUPON", coupon_title_parameter=1)),
            "coupon.title.coupon_title_parameter",
            "Extra inputs are not permitted",
        ),
        (chingu(TEXT, coupon={**COUPON, "url_mobile": "m.example.com"}), "coupon.url_mobile", SHAPE),
        (
            chingu({"type": "IMAGE_VARIABLE", "template_code": "a", "image_data": [{"url": WEB}]}),
            "image_data.0.img_url",
            "Field required",
        ),
        (
            chingu({"type": "TEXT_VARIABLE", "template_code": "a", "image_data": []}),
            "image_data",
            "Extra inputs are not permitted",
        ),
        (
            chingu({"type": "TEXT_VARIABLE", "template_code": "a", "message_data": {"a": 7}}),
            "message_data.a",
            "Input should be a valid string",
        ),
    ],
)
def test_what_a_message_cannot_be_is_refused_at_once(said: dict[str, Any], place: str, fault: str) -> None:
    assert faults_of(said)[0] == (place, fault)


@pytest.mark.parametrize(
    "said",
    [
        alim(*[WORD] * 5),
        alim({**APP, "url_mobile": WEB, "scheme_ios": "a://"}),
        alim({**LINK, "url_mobile": "{{x}}"}),
        chingu(TEXT, *[WORD] * 5),
        chingu(PICTURE, *[WORD] * 4, coupon=COUPON),
        chingu(TEXT, ADD, FORM, **ALL),
        chingu(TEXT, FORM, WORD),
        chingu(WIDE, FORM, ADD, **ALL),
        chingu(WIDE, WORD, FORM),
        chingu(WIDE, FORM),
        chingu(TEXT, ADD, targeting="NON_FRIENDS"),
        chingu(SHOW, elements=[shown(LINK)], head=HEAD),
        chingu(SHOW, elements=[shown(LINK)] * 6),
        chingu(LIST, item_list=[{**ITEM, "title": "{{x}}" + "a" * 25}, {**ITEM, "title": "a" * 30}, ITEM]),
        chingu(sale(discount_price=9, discount_rate=10)),
        chingu(sale(discount_fixed=1)),
        chingu(FILM),
        chingu(WIDE, image={**IMAGE, "link": ""}),
    ],
)
def test_what_a_message_can_just_be_is_taken(said: dict[str, Any]) -> None:
    assert faults_of(said) == []


@pytest.mark.parametrize("field", ["url_mobile", "url_pc"])
def test_the_form_of_a_link_with_tokens_is_told_once_they_are_filled_in(field: str) -> None:
    said = chingu(TEXT, {**LINK, field: "{{x}}"})
    assert faults_of(said) == []
    assert faults_of(said, RENDERED) == [(f"buttons.0.{field}", SHAPE)]


def job(content: dict[str, Any], **said: Any) -> dict[str, Any]:
    common = {"name": "k", "kind": "send_message", "authorization": "main", "topics": ["m"], "sender": "Acme"}
    return {**common, "content": content, **said}


def test_alim_has_no_url_options_and_chingu_has() -> None:
    assert SendMessage.model_validate(job(chingu(TEXT), url_options={})).url_options is not None
    with pytest.raises(ValidationError, match="the channel kakao_alim has none"):
        SendMessage.model_validate(job(alim(), url_options={}))


def test_a_sender_of_kakao_serves_both_channels_unless_one_has_its_own() -> None:
    senders = {"Acme": {"kakao": "@acme", "kakao_alim": "@acme-alim"}}
    main = {"name": "main", "base_url": "a.api.infobip.com", "api_key": "k"}
    jobs = [job(alim()), {**job(chingu(TEXT)), "name": "c"}]
    whole = Configuration.model_validate(
        {"kafka": {"brokers": "localhost:9092"}, "authorizations": [main], "senders": senders, "jobs": jobs}
    )
    assert [one.sender for one in whole.jobs if isinstance(one, SendMessage)] == ["@acme-alim", "@acme"]


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("sender", "Error: Invalid from field"),
        ("destinations[0].to", "Error: Invalid phone number"),
        ("content.text", "Error: Invalid text length"),
        ("content.title", "Error: Invalid text length"),
        ("content.templateCode", "Error: Invalid template name"),
        ("content.buttons", "Error: Invalid buttons field length"),
        ("content.elements[1].attachment.buttons", "Error: Invalid buttons field length"),
        ("content.buttons[0].name", "Error: Invalid button text length"),
        ("content.button.name", "Error: Invalid button text length"),
        ("content.buttons[0].urlMobile", "Error: Invalid button url length"),
        ("content.buttons[0].urlPc", "Error: Invalid button url length"),
        ("content.buttons[4].schemeIos", "Error: Invalid androidScheme and iosScheme length"),
        ("content.buttons[4].schemeAndroid", "Error: Invalid androidScheme and iosScheme length"),
        ("content.itemList[2].schemeIOS", "Error: Invalid androidScheme and iosScheme length"),
        ("content.image.url", "Error: Invalid image url length"),
        ("content.image.link", "Error: Invalid image url length"),
        ("content.head.imageUrl", "Error: Invalid image url length"),
        ("content.itemList[2].url", "Error: Invalid image url length"),
        ("content.video.videoUrl", "Error: Invalid image url length"),
        ("content.video.thumbnailUrl", "Error: Invalid image url length"),
        ("content.imageData[0].img_url", "Error: Invalid image url length"),
        ("content.coupon.title.couponTitleParameter", "Error: Invalid text length"),
        ("content.elements[0].message", "Error: Invalid text length"),
        ("content.additionalContent", "Error: Invalid text length"),
        ("options.smsFailover.text", "Error: Invalid text length"),
        ("options.targeting", "Error: Rejected by Infobip"),
    ],
)
def test_what_infobip_finds_wrong_has_words_to_branch_on(place: str, status: MessageStatus) -> None:
    assert called(place) == status
