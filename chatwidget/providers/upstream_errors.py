"""What goes wrong upstream, as errors of ours.

What a vendor says may hold fragments of keys, addresses and other people's names: of its text
nothing goes into our errors but status, type and code. The exception itself is for the log.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

import httpx2

from chatwidget.errors import ChatError, ProviderError
from chatwidget.providers.reading import Reading

_CODES = {
    "provider_auth": (
        "account_deactivated",
        "authentication_error",
        "billing_error",
        "billing_hard_limit_reached",
        "billing_not_active",
        "insufficient_quota",
        "invalid_api_key",
        "permission_error",
    ),
    "provider_rate_limited": (
        "rate_limit_error",
        "rate_limit_exceeded",
        "requests",
        "tokens",
        "too_many_requests",
    ),
    "provider_overloaded": (
        "overloaded",
        "overloaded_error",
        "server_is_overloaded",
        "server_overloaded",
        "service_unavailable",
        "slow_down",
    ),
    "provider_timeout": ("deadline_exceeded", "timeout", "timeout_error"),
    "context_too_long": (
        "context_length_exceeded",
        "model_context_window_exceeded",
        "request_too_large",
        "string_above_max_length",
    ),
}
_BY_KIND = {kind: code for code, kinds in _CODES.items() for kind in kinds}
_BY_STATUS = {
    401: "provider_auth",
    402: "provider_auth",
    403: "provider_auth",
    408: "provider_timeout",
    413: "context_too_long",
    429: "provider_rate_limited",
    502: "provider_unreachable",
    503: "provider_overloaded",
    504: "provider_timeout",
    529: "provider_overloaded",
}
# Not every server has a code for it. Matching a message decides on our words, never shows theirs.
_TOO_LONG = re.compile(
    r"context[ _-]?(length|window)|prompt is too long|input is too long|too many (input )?tokens",
    re.IGNORECASE,
)
_KIND = re.compile(r"[A-Za-z0-9_.-]{1,64}")


# What servers say of an image that is damaged or too large, or to a model that has no eyes.
_NO_IMAGE = re.compile(
    r"image|vision|visual|multi-?modal|modalit|content\W.{0,40}string|expected `?text",
    re.IGNORECASE,
)


@contextmanager
def translated(reading: Reading, *, images: bool = False) -> Iterator[None]:
    """Turn whatever an SDK raises into a `ProviderError`. `images`: the request had some.

    An error after the end of the answer is none: the visitor has all of it.
    """
    try:
        yield
    except ChatError:
        raise
    except Exception as error:
        if not reading.ended:
            raise _translate(error, begun=reading.begun, images=images) from error


def reported(
    error: Any,
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    images: bool = False,
) -> ProviderError:
    """Return what an error object of a vendor means: `{"type", "code", "message"}` or less.

    `status` and `headers` are those of the response if it was an error as a whole.
    """
    said = error if isinstance(error, Mapping) else {}
    kinds = [str(said[key]) for key in ("code", "type") if said.get(key)]
    number = status or next((int(kind) for kind in kinds if re.fullmatch(r"[45]\d\d", kind)), None)
    code = next((_BY_KIND[kind.lower()] for kind in kinds if kind.lower() in _BY_KIND), None)
    text = str(said.get("message", error))
    if code is None and _TOO_LONG.search(text):
        code = "context_too_long"
    unexplained = code is None and number not in _BY_STATUS
    if images and (number == 413 or (unexplained and _NO_IMAGE.search(text))):
        code = "file_refused"
    named = ", ".join(kind for kind in kinds if _KIND.fullmatch(kind))
    where = f"HTTP {status}" if status else "an error in its stream"
    # The same request would be refused again.
    refused = code is None and number not in _BY_STATUS and 400 <= (number or 0) < 500
    return ProviderError(
        code or _BY_STATUS.get(number or 0, "provider_error"),
        hint=f"the provider answered with {where}" + (f": {named}" if named else ""),
        retry_after=_retry_after(headers or {}),
        retryable=False if refused else None,
    )


def _translate(error: Exception, *, begun: bool, images: bool) -> ProviderError:
    # The OpenAI SDK wraps what the network raises, the Anthropic SDK does so only until the
    # stream has begun (see their `_streaming.py`); the cause is the same.
    network = error if isinstance(error, httpx2.HTTPError) else error.__cause__
    response = getattr(error, "response", None)
    if isinstance(network, httpx2.TimeoutException):
        return ProviderError("provider_timeout")
    if isinstance(network, httpx2.HTTPError) and response is None:
        return ProviderError("interrupted" if begun else "provider_unreachable")
    if response is not None:
        body = getattr(error, "body", None)
        inner = body.get("error", body) if isinstance(body, Mapping) else body
        return reported(inner, status=response.status_code, headers=response.headers, images=images)
    if isinstance(error, UnicodeDecodeError):  # cut within a character
        return ProviderError("interrupted")
    if isinstance(error, json.JSONDecodeError):
        return ProviderError("provider_error", hint="the provider sent what is not JSON")
    if hasattr(error, "body"):
        return reported(error.body)
    return ProviderError(hint=f"the call of the provider raised {type(error).__name__}")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from either form of the header (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time()
        except ValueError:
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None
