"""What is answered, as JSON, to a request that can't be served; the log has the rest."""

import logging
import math

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from chatwidget.errors import BadRequest, ChatError, MethodNotAllowed, NotFound
from chatwidget.responses import json_response

logger = logging.getLogger("chatwidget")


def refusal(request: Request, cause: Exception) -> Response:
    """Return the answer to a request that ended in `cause`, and log it."""
    error = _chat_error(cause)
    level = logging.ERROR if error.status >= 500 else logging.INFO
    logger.log(
        level,
        "%s %s: %d %s%s [%s]",
        request.method,
        request.url.path,
        error.status,
        error.code,
        f" ({error.hint})" if error.hint else "",
        error.error_id,
        exc_info=cause if error.status >= 500 else None,
    )
    body = {
        "code": error.code,
        "message": error.message,
        # What went wrong on our side may name files and hosts.
        "hint": error.hint if error.status < 500 else None,
        "errorId": error.error_id,
        "retryAfter": error.retry_after,
    }
    headers = {"retry-after": str(math.ceil(error.retry_after))} if error.retry_after else {}
    if isinstance(cause, HTTPException):
        headers |= cause.headers or {}
    known = {name: value for name, value in body.items() if value is not None}
    return json_response(known, headers, status=error.status)


def _chat_error(cause: Exception) -> ChatError:
    match cause:
        case ChatError():
            return cause
        case HTTPException(status_code=404):
            return NotFound(hint="no such route")
        case HTTPException(status_code=405):
            return MethodNotAllowed(hint=str((cause.headers or {}).get("Allow")))
        case ClientDisconnect():
            return BadRequest(hint="the client left before its request was complete")
    return ChatError()
