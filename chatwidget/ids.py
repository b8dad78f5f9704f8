"""Ids that can't be guessed, and the shape of those that clients may bring."""

import re
import secrets

CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a client may name a conversation or a message."""


def new_id(prefix: str) -> str:
    """Return `prefix`, an underscore and 128 random bits."""
    return f"{prefix}_{secrets.token_hex(16)}"


def new_run_id() -> str:
    """Return 8 characters that tell one run's frames from another's. No secret: see `access`."""
    return secrets.token_hex(4)
