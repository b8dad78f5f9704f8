"""The arguments of a tool call, from the text that a model wrote."""

import json

from chatwidget.chunks import ToolInputAvailable, ToolInputError

NOT_JSON = "The arguments are not valid JSON. Correct them and call the tool again."
CUT_OFF = "The call was cut off before its arguments were complete."


def tool_input(
    call_id: str,
    name: str,
    text: str,
    *,
    provider_executed: bool = False,
    cut_off: bool = False,
) -> ToolInputAvailable | ToolInputError:
    """Return the call, whole or failed; no text at all means no arguments.

    `cut_off`: the model did not come to the end of its answer.
    """
    try:
        value = json.loads(text if text.strip() or cut_off else "{}")
    except (ValueError, RecursionError):
        return ToolInputError(call_id, name, text, CUT_OFF if cut_off else NOT_JSON)
    if value is None:
        value = {}
    return ToolInputAvailable(call_id, name, value, provider_executed=provider_executed)
