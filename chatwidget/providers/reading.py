"""An answer that is being read from a vendor's stream."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from chatwidget.chunks import Chunk, Usage
from chatwidget.errors import ProviderError


class Reading(ABC):
    """Turns the events of one stream into chunks; each API has its own.

    `begun`: something has been said. `ended`: the stream has said that it is complete.
    """

    def __init__(self, *, name: str, model: str) -> None:
        self.begun = False
        self.ended = False
        self._name = name
        self._model = model
        self._seen = False

    def take(self, event: Any) -> Iterator[Chunk]:
        """Take the next event and yield its chunks. Raises `ProviderError`."""
        self._seen = True
        for chunk in self._event(event):
            self.begun = True
            yield chunk

    def close(self, content_type: str) -> Iterator[Chunk]:
        """Take the end of the stream and yield what is left, a `StepEnd` last.

        Raises `ProviderError` if no event ever came: a page instead of a stream, for instance.
        """
        if not self._seen:
            raise ProviderError(
                "empty_answer", hint=f"the provider sent no events (content-type: {content_type})"
            )
        yield from self._rest()

    @abstractmethod
    def _event(self, event: Any) -> Iterator[Chunk]: ...

    @abstractmethod
    def _rest(self) -> Iterator[Chunk]: ...


def tokens(usage: Any, input_field: str, output_field: str) -> Usage:
    """Return what an SDK's usage object says, whose fields are there only if they were sent."""
    return Usage(getattr(usage, input_field, None) or 0, getattr(usage, output_field, None) or 0)
