"""Tool calls in pieces, as Chat Completions servers send them, put together again.

By the book every piece has an index, and the first one an id and a name. Servers leave out the
index, give all calls the index 0, send the name late, in parts, empty or again with each piece.
"""

import json
import secrets
from collections.abc import Iterator
from typing import Any

from chatwidget.chunks import Chunk, ToolInputDelta, ToolInputStart
from chatwidget.providers.tool_input import tool_input


class _Call:
    def __init__(self, index: int | None, given_id: str) -> None:
        self.index = index
        self.given_id = given_id
        self.id = given_id
        self.name = ""
        self.text = ""
        self.unsent = ""
        self.started = False
        self.extra: dict[str, Any] = {}

    @property
    def complete(self) -> bool:
        try:
            json.loads(self.text)
        except (ValueError, RecursionError):
            return False
        return True


class ToolCalls:
    """Feed it every piece with `take`; `finish` gives the whole calls."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def extra(self) -> dict[str, dict[str, Any]]:
        """What servers hang on a call and want back with it, by call id."""
        return {call.id: call.extra for call in self._calls if call.extra}

    def take(self, piece: Any) -> Iterator[Chunk]:
        """Take the next piece (an SDK's `ChoiceDeltaToolCall`) and yield its chunks."""
        function = getattr(piece, "function", None)
        name = getattr(function, "name", None) or ""
        text = getattr(function, "arguments", None) or ""
        if not isinstance(text, str):  # some servers send the object itself
            text = json.dumps(text)
        call = self._call(
            getattr(piece, "index", None), getattr(piece, "id", None) or "", name, text
        )
        # Where Gemini keeps the signature of its thoughts; without it the next request is refused.
        if extra := (getattr(piece, "model_extra", None) or {}).get("extra_content"):
            call.extra = {"extra_content": extra}
        if name != call.name and not call.started:
            call.name += name
        call.text += text
        call.unsent += text
        # Until there are arguments, more of the name may come.
        if call.name and call.unsent:
            yield from self._send(call)

    def finish(self, *, cut_off: bool) -> Iterator[Chunk]:
        """Yield every call, whole; `cut_off` if the answer did not come to its own end."""
        for call in self._calls:
            if not call.name and cut_off:
                continue
            yield from self._send(call)
            yield tool_input(call.id, call.name, call.text, cut_off=cut_off)

    def _send(self, call: _Call) -> Iterator[Chunk]:
        if not call.started:
            call.started = True
            others = {other.id for other in self._calls if other is not call}
            if not call.id or call.id in others:
                call.id = f"call_{secrets.token_hex(8)}"
            call.name = call.name or "unknown"
            yield ToolInputStart(call.id, call.name)
        if call.unsent:
            yield ToolInputDelta(call.id, call.unsent)
            call.unsent = ""

    def _call(self, index: int | None, given_id: str, name: str, text: str) -> _Call:
        call = self._open_call(index, given_id)
        if call is None or _begins_another(call, index, given_id, name, text):
            call = _Call(index, given_id)
            self._calls.append(call)
        elif given_id and not call.given_id:
            call.given_id = given_id
            if not call.started:
                call.id = given_id
        return call

    def _open_call(self, index: int | None, given_id: str) -> _Call | None:
        """The call that a piece belongs to, going by its index and id alone."""
        for call in reversed(self._calls):
            if given_id and call.given_id == given_id and index in (None, call.index):
                return call
        for call in reversed(self._calls):
            if index is None or call.index == index:
                return call
        return None


def _begins_another(call: _Call, index: int | None, given_id: str, name: str, text: str) -> bool:
    if given_id and call.given_id:
        # Some servers make up a new id for every piece: then there is no name with it.
        return given_id != call.given_id and (bool(name) or call.complete)
    # No id to go by: after whole arguments, a name with more of them can only be the next call.
    return bool(name) and call.complete and (bool(text) or index is None or name != call.name)
