"""JSON as we answer with it."""

from msgspec.json import encode
from starlette.responses import Response


def json_response(
    value: object, headers: dict[str, str] | None = None, *, status: int = 200
) -> Response:
    """Return `value` as JSON that nobody keeps."""
    return Response(
        encode(value),
        status_code=status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )
