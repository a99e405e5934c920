"""A WhatsApp template, as a job says it and as Infobip holds it."""

from typing import Any

from schemas.content.whatsapp_template import WhatsappTemplateContent

SENDER = "441134960000"
WHICH = "template 'order_update' in 'en'"


def said(**more: Any) -> WhatsappTemplateContent:
    content = {"channel": "whatsapp_template", "template_name": "order_update", "language": "en", **more}
    return WhatsappTemplateContent.model_validate(content)


def template(text: str | None = "Hi {{1}}, order {{2}}", status: str = "APPROVED", **more: Any) -> dict[str, Any]:
    structure = {"body": {"text": text}, **more.pop("structure", {})}
    return {"name": "order_update", "language": "en", "status": status, "structure": structure, **more}
