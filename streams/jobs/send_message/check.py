"""What `check --online` asks an account for a send."""

from schemas.configuration import Configuration
from schemas.content.whatsapp_template import WhatsappTemplateContent
from schemas.jobs.send_message import SendMessage
from schemas.text.tokens import tokens_of
from streams.channels import CHANNELS
from streams.channels.whatsapp_template import template_faults
from streams.errors import Forbidden
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.kind import Findings, Say
from streams.pipeline.dispatch import proof


async def prove(client: Client, job: SendMessage) -> bool:
    """Prove that the key may ask the logs of the channel; where it has none, nothing but a message would tell."""
    question = proof(CHANNELS[job.content.channel])
    if question is not None:
        await account.prove(client, question)
    return question is not None


async def check(client: Client, job: SendMessage, _: Configuration, say: Say) -> Findings:
    """What is wrong with the template that a job sends, if it sends one."""
    if not isinstance(job.content, WhatsappTemplateContent) or job.sender is None:
        return Findings()
    content, sender = job.content, job.sender
    which = f"template {content.template_name} in {content.language}"
    try:
        templates = await account.read_templates(client, sender)
    except Forbidden as error:
        # Sending needs no such scope.
        say(f"{which}: not looked at, because {error}")
        return Findings(proves=True)
    if templates is None:
        return Findings([f"sender: Infobip knows no WhatsApp sender {sender}"], proves=True)
    faults = [f"content.{fault}" for fault in template_faults(content, templates)]
    if not faults:
        chosen = any(tokens_of(content.template_name)) or any(tokens_of(content.language))
        say(f"{which}: {'depends on the profile, so not all was looked at' if chosen else 'is there and fits'}")
    return Findings(faults, proves=True)
