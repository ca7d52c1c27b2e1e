"""Which folder of videos a server is of: a page of one must not change another.

A page stays open when its server ends, and another one may be started at the same address. It may
have videos of the same names, also at the same path, as in another container.
"""

import re
import secrets
from pathlib import Path

from fastapi import Request

from mienet.files import write_whole
from mienet.server.places import Places
from mienet.server.refusal import RefusedError

HEADER = "X-Mienet-Folder"
MISDIRECTED = 421


def identity_of(places: Places) -> str:
    """Returns what tells a folder from all others: 32 hexadecimal digits, made up once.

    Raises:
        OSError: If it cannot be read or kept.
    """
    if places.identity.is_file():
        found = places.identity.read_text(encoding="utf-8", errors="replace").strip()
        if re.fullmatch("[0-9a-f]{32}", found):
            return found
    made = secrets.token_hex(16)
    write_whole(places.identity, made + "\n")
    return made


class SameFolder:
    """Refuses what is meant for another folder; a request that names none means this one.

    Args:
        identity: The server's.
        folder: That of its videos, for the message.
    """

    def __init__(self, identity: str, folder: Path) -> None:
        self.identity, self.folder = identity, folder

    def __call__(self, request: Request) -> None:
        """Raises a ``RefusedError`` with the status 421 where a request names another one."""
        if request.headers.get(HEADER) not in (None, self.identity):
            raise RefusedError(
                MISDIRECTED,
                f"here is now the server of {self.folder}, and this page is of another folder; "
                "start that one's again at this address, or reload the page: what is not saved "
                "waits in the browser",
            )
