"""The options of the kind `store_history`."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from schemas.config.values import Text, Topic, once
from schemas.jobs.job import AnyJobSettings


class StoreHistory(AnyJobSettings):
    """A job that keeps messages and all that becomes of them in the database of `history`."""

    kind: Literal["store_history"] = Field(
        description="`store_history`: keeps messages and all that becomes of them in the database of `history`."
    )
    topics: Annotated[tuple[Topic, ...], AfterValidator(once)] | None = Field(
        None,
        description="The topics of membership events of which the entering is kept, too, so that `trace` tells where a "
        "message began; [] keeps none. Default: those that the file's send_message jobs read. Example: "
        "[audience_memberships]",
    )
    audiences: Annotated[tuple[Text, ...], AfterValidator(once)] | None = Field(
        None,
        description="The audiences whose entering is kept, [] for all of those topics. Default: those of the file's "
        "send_message jobs. Example: [order_shipped]",
    )

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics of membership events."""
        return self.topics or ()

    def beside(self, topics: Sequence[str], audiences: Sequence[str]) -> "StoreHistory":
        """The same, with what the jobs beside it read where it does not say what is kept."""
        return self.model_copy(
            update={
                "topics": tuple(topics) if self.topics is None else self.topics,
                "audiences": tuple(audiences) if self.audiences is None else self.audiences,
            }
        )
