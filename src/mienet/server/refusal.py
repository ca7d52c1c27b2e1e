"""Requests that are refused: the message says what was wrong, and the status what kind it is."""

from typing import Any

from mienet.errors import MienetError


class RefusedError(MienetError):
    """A request that cannot be done as it was asked.

    Attributes:
        status: HTTP's number: 400 wrong, 403 not allowed, 404 not there, 409 in conflict with what
            is there, 413 too large, 421 of another folder, 429 too many at once.
        more: What the answer has beside the message: JSON values.
    """

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.more = more
