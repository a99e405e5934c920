"""The channels by name: each has a module in `schemas/content/` and one in `streams/channels/`."""

CHANNELS = (
    "sms",
    "lms",
    "email",
    "whatsapp_text",
    "whatsapp_template",
    "mms",
    "viber",
    "rcs",
    "kakao_alim",
    "kakao_chingu",
)
