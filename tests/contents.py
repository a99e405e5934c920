"""Something to say on each channel."""

from collections.abc import Mapping
from typing import Any

CONTENTS: Mapping[str, Mapping[str, Any]] = {
    "sms": {"text": "Hi {{name}}"},
    "lms": {"title": "Hi", "text": "Hi {{name}}", "reseller_code": 7},
    "mms": {"segments": [{"type": "text", "text": "Hi {{name}}"}]},
    "whatsapp_text": {"text": "Hi {{name}}"},
    "whatsapp_template": {"template_name": "hello", "language": "en", "body": ["{{name}}"]},
    "viber": {"type": "TEXT", "text": "Hi {{name}}"},
    "rcs": {"type": "TEXT", "text": "Hi {{name}}"},
    "kakao_alim": {"template_code": "hello", "text": "Hi {{name}}"},
    "kakao_chingu": {"type": "TEXT_FREE_FORM", "text": "Hi {{name}}"},
    "email": {"subject": "Hi {{name}}", "text": "Hi {{name}}"},
}
SENDERS = {
    "email": "acme@example.com",
    "whatsapp_text": "447860099299",
    "whatsapp_template": "447860099299",
}


def send_job(channel: str, topic: str, audience: str, **changes: Any) -> dict[str, Any]:
    """A job that sends on a channel to whoever enters an audience."""
    return {
        "name": f"send-{channel.replace('_', '-')}",
        "kind": "send_message",
        "authorization": "main",
        "topics": [topic],
        "audiences": [audience],
        "existing_members": True,
        "sender": SENDERS.get(channel, "Acme"),
        "message_fields": ["name"],
        "content": {"channel": channel, **CONTENTS[channel]},
        **changes,
    }
