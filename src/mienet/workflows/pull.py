"""Pulling a model from a hub: to a folder of one's own, or to where it can be used as it is."""

import glob
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mienet.destinations import require_writable
from mienet.errors import MienetError
from mienet.files import TEMPORARY_PREFIX
from mienet.loading import kind_of_model, require_model
from mienet.locks import take
from mienet.options import checked
from mienet.sharing.hub import Fetched, fetch
from mienet.sharing.model_files import CARD_NAME
from mienet.sharing.reference import Reference, parse_reference
from mienet.shell import command


@dataclass(frozen=True)
class Pulled:
    """A model of a hub in a folder of one's own.

    Attributes:
        folder: The model's.
        commit: Its revision, by the hub's own number.
        files: Their paths in the folder.
        kind: What it is a model of.
        was_there: Whether the folder had the model already, and nothing was written.
    """

    folder: Path
    commit: str
    files: tuple[str, ...]
    kind: Literal["clips", "recordings"]
    was_there: bool


@checked()
def pull(model: str, out: str | Path | None = None) -> Pulled:
    """Copies a model from a hub to a folder: weights, description, card and exported models.

    Args:
        model: ``USER/MODEL``, with ``@REVISION`` or without, and with ``hf:`` or without.
        out: The folder; None is ``runs/MODEL``.

    Raises:
        HubError: If it cannot be fetched.
        MienetError: If it is of a newer version, or the folder contains something else.
        MissingExtraError: If huggingface_hub is not installed.
        OSError: If it cannot be written.
    """
    reference = parse_reference(model)
    if reference.folder:
        raise MienetError(
            f"{model!r}: a model is pulled whole, with its exported ones; leave "
            f"/{reference.folder} out"
        )
    folder = Path(out) if out is not None else Path("runs", reference.repository.split("/")[1])
    require_writable(folder, ())
    fetched = fetch(reference, whole=True)
    is_new = _is_free(folder) and _copy(fetched, folder)
    if not is_new and not _is_there(folder, fetched):
        raise MienetError(
            f"{folder} contains other files than hf:{reference.repository} of revision "
            f"{fetched.commit[:12]}; delete the folder, or choose another with "
            + command("pull", model, "--out", "FOLDER")
        )
    return Pulled(folder, fetched.commit, fetched.files, kind_of_model(folder), not is_new)


def find_model(model: str, *, writes_beside: bool) -> tuple[Path, str]:
    """Returns the folder of a model on a hub, for commands, and its commit.

    Args:
        model: Its name, ``hf:...``.
        writes_beside: Whether results go into the model's folder, which a cache is no place for:
            then it is pulled to the folder that ``pull`` chooses.

    Raises:
        MienetError: As ``pull``.
    """
    reference = parse_reference(model)
    if not writes_beside:
        fetched = fetch(reference)
        require_model(fetched.folder)
        return fetched.folder, fetched.commit
    pulled = pull(str(Reference(reference.repository, revision=reference.revision)))
    return pulled.folder / reference.folder, pulled.commit


def _is_free(folder: Path) -> bool:
    """Returns whether nothing is in a folder, which need not be there."""
    return not folder.exists() or not any(folder.iterdir())


def _is_there(folder: Path, fetched: Fetched) -> bool:
    """Returns whether a folder has the same model; results and another card may lie beside it."""
    return all(
        (folder / name).is_file()
        and (folder / name).read_bytes() == (fetched.folder / name).read_bytes()
        for name in fetched.files
        if name != CARD_NAME
    )


def _copy(fetched: Fetched, folder: Path) -> bool:
    """Copies files to a new folder, which gets its name when it is whole.

    Returns whether it did: another process may have put a model there meanwhile.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_left(folder)
    partial = folder.with_name(f"{_start(folder)}{secrets.token_hex(8)}.tmp")
    lock = partial.with_suffix(".lock")
    try:
        with lock.open("xb") as kept:
            take(kept)
            for name in fetched.files:
                (partial / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(fetched.folder / name, partial / name)
            if folder.exists():  # and empty
                folder.rmdir()
            partial.rename(folder)
    except OSError:
        if _is_free(folder):
            raise
        return False
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        lock.unlink(missing_ok=True)
    return True


def _start(folder: Path) -> str:
    """Returns how the names begin of what is half copied to a folder."""
    return f"{TEMPORARY_PREFIX}{folder.name}-"


def _remove_left(folder: Path) -> None:
    """Removes what commands that were killed have left half copied to a folder."""
    for lock in folder.parent.glob(f"{glob.escape(_start(folder))}*.lock"):
        with suppress(OSError), lock.open("rb") as left:  # another command may remove it, too
            if take(left):
                lock.unlink()
                shutil.rmtree(lock.with_suffix(".tmp"), ignore_errors=True)
