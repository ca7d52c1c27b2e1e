"""The root of all errors that a user can fix; the command line prints them without a traceback."""

import os
from pathlib import Path


class MienetError(ValueError):
    """Something that was given cannot be used; the message says what, why, and the next step.

    Attributes:
        kind: What kind of problem it is, where several are told apart; empty elsewhere.
    """

    kind: str = ""

    def __init__(self, message: str, *, kind: str | None = None) -> None:
        super().__init__(message)
        if kind is not None:
            self.kind = kind


def in_one_line(error: object) -> str:
    """Returns what another library says, without its line breaks, which are no part of ours."""
    return " ".join(str(error).split())


def naming(path: str, error: Exception) -> str:
    """Returns an error's message with the path that it is about, which it may not name itself."""
    said = (error.strerror or "").lower() if isinstance(error, OSError) and error.errno else ""
    said = said or str(error)
    return said if path in said else f"{path}: {said}"


def no_folder(path: str | Path) -> str:
    """Returns what is in a folder's way, for messages: a file, or a link to what is not there."""
    there = next(one for one in (Path(path), *Path(path).parents) if os.path.lexists(one))
    if there.is_symlink() and not there.exists():
        return f"{there} is a link to {there.readlink()}, which is not there; give another name"
    return f"{there} is a file where a folder is needed; give another name"


def install_command(extra: str) -> str:
    """Returns how an extra is installed beside mienet, wherever that was installed from."""
    return f"pip install 'mienet[{extra}]'"


class MissingExtraError(MienetError):
    """A library that is not installed, with the extra that brings it."""

    def __init__(self, purpose: str, extra: str, error: ImportError) -> None:
        super().__init__(
            f"{purpose} needs the extra {extra!r} ({in_one_line(error)}); install it: "
            f"{install_command(extra)}"
        )


class VideoError(MienetError):
    """A video that cannot be read: names the file, the frame if one is to blame, and the cause.

    Attributes:
        kind: "missing", "unreadable", "no frames", "cut short", "damaged" or
            "outside the video".
    """

    kind = "unreadable"
