"""Ids that can't be guessed, and the shape of those that clients may bring."""

import re
import secrets
import string

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a client may name a conversation or a message."""

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """Return `prefix`, an underscore and 128 random bits."""
    return f"{prefix}_{secrets.token_hex(16)}"


def new_run_id() -> str:
    """Return 12 characters (71 random bits) that tell one run's frames from any other's.

    Short, because every frame carries it, and no secret: see `access`.
    """
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))
