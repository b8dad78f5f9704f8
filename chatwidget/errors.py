"""Every error that has a code, and what a visitor is told of it.

    ChatError
    ├── BadRequest, BadToken, OriginNotAllowed, …   before a stream: a status and JSON
    └── ProviderError                               in a stream: an `error` chunk

`message` is fit for a visitor; `hint` is for the developer; the cause goes to the log under the
same `error_id` and never to the browser.
"""

import secrets


def new_error_id() -> str:
    """Return a short id that joins what a visitor sees with what the log says."""
    return "e_" + secrets.token_hex(6)


class ChatError(Exception):
    """An error with a stable code.

    Attributes: `code`, `status` (HTTP), `message` (for visitors), `hint` (for developers),
    `retryable`, `retry_after` (seconds) and `error_id`.
    """

    code = "internal"
    status = 500
    message = "Something went wrong on our side."
    retryable = False

    def __init__(
        self,
        message: str | None = None,
        *,
        hint: str | None = None,
        retry_after: float | None = None,
        code: str | None = None,
        retryable: bool | None = None,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.retryable = self.retryable if retryable is None else retryable
        self.hint = hint
        self.retry_after = retry_after
        self.error_id = new_error_id()
        super().__init__(self.message)


class BadRequest(ChatError):
    code, status, message = "bad_request", 400, "The request could not be understood."


class BadToken(ChatError):
    code, status, message = "bad_token", 401, "Your session has expired."
    retryable = True


class OriginNotAllowed(ChatError):
    code, status, message = "origin_not_allowed", 403, "This site may not use this chat."


class NotFound(ChatError):
    code, status, message = "not_found", 404, "There is nothing here."


class UnknownProvider(ChatError):
    code, status, message = "unknown_provider", 404, "This assistant is not available."


class MethodNotAllowed(ChatError):
    code, status, message = "method_not_allowed", 405, "The request could not be understood."


class ConversationBusy(ChatError):
    code, status, message = "conversation_busy", 409, "An answer is still being written."
    retryable = True


class TooLarge(ChatError):
    code, status, message = "too_large", 413, "This message is too large."


class JsonOnly(ChatError):
    code, status, message = "json_only", 415, "The request could not be understood."


class InvalidMessage(ChatError):
    code, status, message = "invalid_message", 422, "This message could not be understood."


class FileNotAllowed(ChatError):
    code, status, message = "file_not_allowed", 422, "Files of this kind can't be sent here."


class FileGone(ChatError):
    code, status = "file_gone", 422
    message = "An attached file is not there any more. Please attach it again."


class MessageTooLong(ChatError):
    code, status, message = "message_too_long", 422, "This message is too long."


class RateLimited(ChatError):
    code, status, message = "rate_limited", 429, "Too many messages at once. Please wait a moment."
    retryable = True


class ShuttingDown(ChatError):
    code, status, message = "shutting_down", 503, "The chat is restarting. Please try again."
    retryable = True


class StoreUnavailable(ChatError):
    code, status, message = "store_unavailable", 503, "The chat is not available right now."
    retryable = True


class ProviderError(ChatError):
    """The provider could not answer. Raise it from a provider, `from` the exception behind it.

    `code` is one of `PROVIDER_CODES`; the sentence for visitors and `retryable` follow from it
    unless they are given.
    """

    status = 502

    def __init__(
        self,
        code: str = "provider_error",
        *,
        message: str | None = None,
        hint: str | None = None,
        retry_after: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        text, again = PROVIDER_CODES.get(code, PROVIDER_CODES["provider_error"])
        super().__init__(
            message or text,
            code=code,
            hint=hint,
            retry_after=retry_after,
            retryable=again if retryable is None else retryable,
        )


PROVIDER_CODES: dict[str, tuple[str, bool]] = {
    "provider_error": ("The assistant could not answer.", True),
    "provider_overloaded": ("The assistant is very busy right now. Please try again.", True),
    "provider_rate_limited": ("The assistant is very busy right now. Please try again.", True),
    "provider_timeout": ("The assistant took too long to answer.", True),
    "provider_auth": ("The assistant is not set up correctly.", False),
    "provider_unreachable": ("The assistant can't be reached right now.", True),
    "file_refused": ("The assistant could not read an attached image.", False),
    "context_too_long": ("This conversation has become too long. Please start a new one.", False),
    "too_many_tool_rounds": ("The assistant got lost in its own tools.", True),
    "empty_answer": ("The assistant had nothing to say.", True),
    "interrupted": ("The answer was interrupted.", True),
    "internal": ("Something went wrong on our side.", True),
}
