"""A hub over HTTP, by huggingface_hub: which of its files are fetched, and what went wrong.

Addresses, tokens, the cache and being offline are that library's: ``HF_ENDPOINT``, ``HF_TOKEN``,
``HF_HUB_CACHE``, ``HF_HUB_OFFLINE``.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mienet.engines.runtime import read_metadata
from mienet.errors import MienetError, MissingExtraError, in_one_line
from mienet.model_schema import KNOWN_CLIPS_NAME
from mienet.models.checkpoints import CHECKPOINT_NAME
from mienet.progress import shows_bars
from mienet.sharing.model_files import (
    CARD_NAME,
    CONFIG_NAME,
    exported_in,
    exported_names,
    largest_bytes,
    no_model,
    possible_names,
    read_config,
)
from mienet.sharing.reference import Reference, is_reference, parse_reference

if TYPE_CHECKING:
    from huggingface_hub import HfApi

ACCESS = (
    "a private or gated one needs a token with access: set HF_TOKEN, or log in with: hf auth login"
)
HARMLESS = (".gitattributes", ".gitignore", CARD_NAME)
"""What may be in a repository that has no model yet."""


class HubError(MienetError):
    """A hub that cannot be used as was asked, with the reason and the next step."""


@dataclass(frozen=True)
class Fetched:
    """A model of a hub on this computer.

    Attributes:
        folder: In the cache: what ``mienet.load`` takes; nothing may be written to it.
        commit: Its revision, by the hub's own number.
        files: Their paths in the repository.
    """

    folder: Path
    commit: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Pushed:
    """What a push has done.

    Attributes:
        url: The page of the model.
        commit: Its newest revision.
        is_private: Whether the repository is.
        deleted: Files of an earlier push that are no longer there.
    """

    url: str
    commit: str
    is_private: bool
    deleted: tuple[str, ...]


def local_model(path: str | Path) -> Path:
    """Returns the folder of a model that may be on a hub; a path is returned as it is.

    Raises:
        HubError: If it cannot be fetched.
        MissingExtraError: If huggingface_hub is not installed.
    """
    if not is_reference(path):
        return Path(path)
    return fetch(parse_reference(str(path))).folder


def fetch(reference: Reference, *, whole: bool = False) -> Fetched:
    """Fetches a model to the cache of the hub's library, or finds it there.

    Files of other names than those of ``model_files`` are never asked for.

    Args:
        reference: Which one.
        whole: Whether to fetch all that was pushed; else what is needed to use the model.

    Raises:
        HubError: If there is none, no access, no network, or no model of ours.
        MienetError: If it is of a newer version, or a file is larger than any that is accepted.
        MissingExtraError: If huggingface_hub is not installed.
    """
    _require_library()
    with _hub_errors(reference):
        config_path, commit = _fetch_file(reference, CONFIG_NAME, reference.revision)
        config = read_config(config_path, str(reference))
        exported = exported_in(config)
        if reference.folder and reference.folder not in exported:
            has = f"it has {', '.join(exported)}" if exported else "it has none"
            raise HubError(f"{reference}: no exported model {reference.folder!r} in it; {has}")
        names = [CONFIG_NAME]
        if whole:
            names.append(_fetch(reference, CARD_NAME, commit))
        if whole or not reference.folder:
            names.append(_fetch(reference, CHECKPOINT_NAME, commit))
        for folder in exported if whole else [reference.folder] * bool(reference.folder):
            names += _fetch_exported(reference, folder, config_path.parent, commit)
    return Fetched(config_path.parent / reference.folder, commit, tuple(names))


def _fetch_exported(reference: Reference, folder: str, snapshot: Path, commit: str) -> list[str]:
    names = [_fetch(reference, f"{folder}/{name}", commit) for name in exported_names()[folder]]
    if KNOWN_CLIPS_NAME in read_metadata(snapshot / folder)["sha256"]:
        names.append(_fetch(reference, f"{folder}/{KNOWN_CLIPS_NAME}", commit))
    return names


def _fetch(reference: Reference, name: str, commit: str) -> str:
    _fetch_file(reference, name, commit)
    return name


def _fetch_file(reference: Reference, name: str, revision: str | None) -> tuple[Path, str]:
    """Returns where a file is on this computer, and its commit; asks for its size before."""
    from huggingface_hub import hf_hub_download

    asked: dict[str, Any] = {
        "repo_id": reference.repository,
        "filename": name,
        "revision": revision,
    }
    found = hf_hub_download(**asked, dry_run=True)
    if found.file_size is None or found.file_size > largest_bytes(name):
        raise HubError(
            f"{reference}: {name} has {found.file_size or 'no'} bytes; accepted: up to "
            f"{largest_bytes(name)}"
        )
    return Path(hf_hub_download(**asked)), found.commit_hash


def push_files(
    repository: str, files: Mapping[str, Path | bytes], *, private: bool, message: str
) -> Pushed:
    """Makes files the newest state of a model's repository, in one commit.

    Exported models of an earlier push that are not among them are deleted, as they are of other
    weights. Other files stay.

    Args:
        repository: ``USER/MODEL``; made if there is none.
        files: Their contents by their paths in it.
        private: Whether only its owner may see it.
        message: Of the commit.

    Raises:
        HubError: If it cannot be pushed, or the repository contains something else, or is public
            although ``private`` is asked for.
        MissingExtraError: If huggingface_hub is not installed.
    """
    _require_library()
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api = HfApi()
    with _hub_errors(Reference(repository)):
        is_private, there, parent = _repository(api, repository, private=private)
        gone = sorted((there & possible_names()) - set(files))
        commit = api.create_commit(
            repository,
            [
                *(CommitOperationAdd(name, content) for name, content in files.items()),
                *(CommitOperationDelete(name) for name in gone),
            ],
            commit_message=message,
            parent_commit=parent,  # so that two pushes at once do not mix
        )
        return Pushed(f"{api.endpoint}/{repository}", commit.oid, is_private, tuple(gone))


def _repository(
    api: "HfApi", repository: str, *, private: bool
) -> tuple[bool, set[str], str | None]:
    """Returns whether a repository is private, its files and its commit; makes a new one."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        info = api.model_info(repository)
    except RepositoryNotFoundError:
        api.create_repo(repository, private=private)
        return private, set(), None
    if private and not info.private:
        raise HubError(
            f"hf:{repository}: --private was asked for, but this repository is public already; "
            "make it private on its page first, or give another name"
        )
    there = {file.rfilename for file in info.siblings or ()}
    if CONFIG_NAME in there:
        path, _ = _fetch_file(Reference(repository), CONFIG_NAME, info.sha)
        read_config(path, f"hf:{repository}")
    elif others := sorted(there - set(HARMLESS)):
        shown = ", ".join(others[:5]) + (f" and {len(others) - 5} more" * (len(others) > 5))
        raise HubError(
            f"hf:{repository}: contains other files ({shown}) and no mienet model; nothing was "
            "pushed: give another name"
        )
    return bool(info.private), there, info.sha


def _require_library() -> None:
    """Raises MissingExtraError without huggingface_hub; its bars are shown where ours are."""
    try:
        from huggingface_hub.utils import disable_progress_bars
    except ImportError as error:
        raise MissingExtraError("a model on a hub", "hub", error) from error
    if not shows_bars(sys.stderr):
        disable_progress_bars()


@contextmanager
def _hub_errors(reference: Reference) -> Iterator[None]:
    """Says in words what the library's errors mean, and what to do next."""
    import httpx2
    from huggingface_hub import errors
    from huggingface_hub.constants import ENDPOINT, is_offline_mode

    try:
        yield
    except errors.GatedRepoError as error:
        raise HubError(f"{reference}: its owner grants access on its page; {ACCESS}") from error
    except errors.RepositoryNotFoundError as error:
        raise HubError(f"{reference}: no such model on {ENDPOINT}; {ACCESS}") from error
    except errors.RevisionNotFoundError as error:
        raise HubError(f"{reference}: no revision {reference.revision!r} of this model") from error
    except errors.LocalEntryNotFoundError as error:
        raise HubError(_unreachable(reference, error.__cause__ or error)) from error
    except errors.RemoteEntryNotFoundError as error:
        what = in_one_line(error).rsplit("/", 1)[-1].rstrip(".")
        raise HubError(no_model(str(reference), f"it lacks {what}")) from error
    except errors.HfHubHTTPError as error:
        raise HubError(_refused(reference, error)) from error
    except (errors.OfflineModeIsEnabled, httpx2.HTTPError) as error:
        raise HubError(_unreachable(reference, error)) from error
    except MienetError:
        raise
    except (ValueError, OSError) as error:
        place = "HF_HUB_OFFLINE is set" if is_offline_mode() else ENDPOINT
        raise HubError(f"{reference}: {place}: {_harmless(error)}") from error


def _unreachable(reference: Reference, error: BaseException) -> str:
    """Returns why a hub was not reached, and that nothing in the cache helps."""
    from huggingface_hub.constants import ENDPOINT, is_offline_mode

    if is_offline_mode():
        return (
            f"{reference}: not in the cache of this computer, and HF_HUB_OFFLINE is set; unset it, "
            "or fetch the model where there is a network"
        )
    return (
        f"{reference}: {ENDPOINT} cannot be reached, and the model is not in the cache of this "
        f"computer ({_harmless(error)}); try again with a network"
    )


def _refused(reference: Reference, error: Any) -> str:
    status = error.response.status_code
    said = _harmless(error.server_message or error)
    if status in (401, 403):
        return f"{reference}: no access ({said}); {ACCESS}"
    return f"{reference}: the hub refused with status {status} ({said})"


def _harmless(error: object) -> str:
    """Returns an error's words in one line, without what signed addresses hold after a ``?``."""
    return re.sub(r"(https?://[^\s?]+)\?\S+", r"\1", in_one_line(error))
