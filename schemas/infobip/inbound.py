"""What Infobip says of configurations of inbound messages; it does not say of which number one is."""

from pydantic import Field

from schemas.wire import Vendor


class Forwarding(Vendor):
    """What becomes of a message that somebody wrote."""

    type: str | None = Field(None, description="HTTP_FORWARD, PULL, and others that are none of ours.")
    url: str | None = Field(None, description="Of HTTP_FORWARD: the address that is told.", repr=False)
    format: str | None = Field(None, description="Of HTTP_FORWARD: the form of what it is told.")


class InboundConfiguration(Vendor):
    """One configuration: of a number's keyword, or of all that no keyword takes."""

    configuration_key: str = Field(description="Its key.")
    channel: str | None = Field(None, description="SMS, MMS, WHATSAPP and others.")
    keyword: str | None = Field(None, description="The first word of the messages; none takes all others.")
    forwarding: Forwarding | None = Field(None, description="What becomes of them; absent where nothing does.")
