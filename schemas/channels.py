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

#: Channels that go by the call of another, and those whose messages no logs tell of.
BY_ANOTHER = frozenset({"lms"})
WITHOUT_LOGS = frozenset({"whatsapp_text", "whatsapp_template"})
OPERATIONS = tuple(
    operation
    for channel in CHANNELS
    if channel not in BY_ANOTHER
    for operation in (f"send_{channel}", *(() if channel in WITHOUT_LOGS else (f"list_{channel}_logs",)))
)
