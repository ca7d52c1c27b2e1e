"""What tells a file from one that has changed since something was found out about it."""

from pathlib import Path

from mienet.curation.probe import file_signature


def signature_of(path: Path) -> list[int] | None:
    """Returns a file's size and time of change, as JSON has them; None if it is not there."""
    try:
        return list(file_signature(str(path)))
    except (OSError, ValueError):
        return None
