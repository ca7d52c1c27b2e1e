"""Names of models on a hub, such as ``hf:user/model@v1``."""

import re
from dataclasses import dataclass

from mienet.errors import MienetError

PREFIX = "hf:"
ACCEPTED = "accepted: hf:USER/MODEL, hf:USER/MODEL@REVISION, or of an exported model in it " + (
    "hf:USER/MODEL/FOLDER, such as hf:anna/jumps/onnx-float32"
)
PART = r"\w(?:[\w.-]*\w)?"
PATTERN = re.compile(rf"({PART}/{PART})(?:/({PART}))?(?:@({PART}(?:/{PART})*))?", re.ASCII)


@dataclass(frozen=True)
class Reference:
    """A model on a hub.

    Attributes:
        repository: ``USER/MODEL``.
        folder: Of an exported model in it; empty for the model that was trained.
        revision: A branch, a tag or a commit; None is the newest.
    """

    repository: str
    folder: str = ""
    revision: str | None = None

    def __str__(self) -> str:
        folder = f"/{self.folder}" if self.folder else ""
        revision = f"@{self.revision}" if self.revision else ""
        return f"{PREFIX}{self.repository}{folder}{revision}"


def is_reference(path: object) -> bool:
    """Returns whether a model is meant that is on a hub, and not a path."""
    return isinstance(path, str) and path.startswith(PREFIX)


def parse_reference(text: str) -> Reference:
    """Returns what a name means, with ``hf:`` in front or without.

    Raises:
        MienetError: If it is none.
    """
    found = PATTERN.fullmatch(text.removeprefix(PREFIX))
    if found is None or ".." in text or "--" in text:
        raise MienetError(f"{text!r} names no model on a hub; {ACCEPTED}")
    repository, folder, revision = found.groups()
    return Reference(repository, folder or "", revision)


def parse_repository(text: str) -> str:
    """Returns ``USER/MODEL``, to push to.

    Raises:
        MienetError: If it is none, or says more than that.
    """
    found = parse_reference(text)
    if found.folder or found.revision:
        raise MienetError(
            f"{text!r}: give USER/MODEL alone; what is pushed becomes its newest state"
        )
    return found.repository
