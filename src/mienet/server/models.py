"""Which models there are, and which one is used."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from mienet.errors import MienetError
from mienet.files import write_whole
from mienet.model_schema import is_of_recordings
from mienet.server.places import Places
from mienet.server.refusal import RefusedError
from mienet.server.settings import Settings

WEIGHTS, EXPORTED = "model.safetensors", "model.json"
"""The file of a run's model, and that which describes an exported one."""

GIVEN = ""
"""What is noted in place of a name where the model in use is the one that was given."""


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        name: What it is called: its folder's name; that which the server was started with has
            " (given)" behind it where a trained one has the same.
        path: Its folder.
        kind: "recordings" or "clips".
        phases: Labels of what lasts; a clip model's classes.
        events: Labels of what happens at a moment.
        key: Its name and the start of its file's SHA-256, so that what was predicted by a model
            that has learned on since is not taken for its own.
        trained: When its file was written, in ISO's form.
        num_recordings: That it was trained with; None if it does not say.
        is_from_scratch: Whether its training is known to have begun without pretrained weights.
    """

    name: str
    path: Path
    kind: str
    phases: tuple[str, ...]
    events: tuple[str, ...]
    key: str
    trained: str
    num_recordings: int | None
    is_from_scratch: bool


class Models:
    """The models of a server: that which it was started with, and those that it has trained.

    Args:
        settings: What the server was started with; its model is used, unless another was chosen
            since the first start with it.
        places: Where the server keeps what it keeps.

    Raises:
        MienetError: If the model that it was started with is none.
    """

    def __init__(self, settings: Settings, places: Places) -> None:
        self.settings, self.places = settings, places
        self._known: dict[tuple[Path, int, int], Model] = {}
        given = settings.model
        if given is not None:
            model = self._open(given)
            if self._choice().get("started_with") != str(given):
                self._choose(model)

    def all(self) -> list[Model]:
        """Returns all models: the one that was given, and then the trained ones, the newest first.

        A run that has not finished its first epoch has none, and what cannot be read is left out:
        also the one that was given, if it was deleted or is being written.
        """
        given = self._given()
        found = [] if given is None else [given]
        trained = []
        for file in self.places.runs.glob(f"*/{WEIGHTS}"):
            with contextlib.suppress(MienetError, OSError):
                trained.append(self._open(file.parent))
        known = {model.path.resolve() for model in found}
        trained.sort(key=lambda model: model.trained, reverse=True)
        return found + [model for model in trained if model.path.resolve() not in known]

    def find(self, name: str) -> Model:
        """Returns the model of a name.

        Raises:
            RefusedError: If there is none.
        """
        models = self.all()
        for model in models:
            if model.name == name:
                return model
        names = ", ".join(model.name for model in models) or "none yet"
        raise RefusedError(404, f"model {name!r}: there is no such model; there are: {names}")

    def used(self) -> Model | None:
        """Returns the model whose predictions are shown; None if there is none."""
        name, given = self._choice().get("name"), self._given()
        if given is not None and name in (GIVEN, given.name):
            return given
        with contextlib.suppress(MienetError, OSError):  # its folder was deleted
            return self._open(self.places.runs / name) if name else None
        return None

    def use(self, name: str) -> Model:
        """Shows the predictions of another model from now on, and after the next start.

        Raises:
            RefusedError: If there is no such model.
        """
        model = self.find(name)
        self._choose(model)
        return model

    def _given(self) -> Model | None:
        """Returns the model that the server was started with; None while it cannot be read."""
        with contextlib.suppress(MienetError, OSError):
            if self.settings.model is not None:
                return self._told_apart(self._open(self.settings.model))
        return None

    def _told_apart(self, given: Model) -> Model:
        """Returns the model that was given, with a name that no trained one has."""
        if not self._is_trained(given) and (self.places.runs / given.name / WEIGHTS).is_file():
            return replace(given, name=f"{given.name} (given)")
        return given

    def _is_trained(self, model: Model) -> bool:
        """Returns whether a model is one of the server's own runs."""
        return _file(model.path).parent.resolve().parent == self.places.runs.resolve()

    def _choice(self) -> dict[str, Any]:
        try:
            found = json.loads(self.places.model_in_use.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _choose(self, model: Model) -> None:
        name = model.name if self._is_trained(model) else GIVEN
        given = self.settings.model
        before = self._choice().get("started_with")
        started_with = before if given is None else str(given)
        choice = {"name": name, "started_with": started_with}
        write_whole(self.places.model_in_use, json.dumps(choice) + "\n")

    def _open(self, path: Path) -> Model:
        """Returns the model at a path, read again only when its file has changed."""
        file = _file(path)
        status = file.stat()
        signature = file, status.st_mtime_ns, status.st_size
        if signature not in self._known:
            self._known[signature] = read_model(path)
        return self._known[signature]


def read_model(path: Path) -> Model:
    """Returns what a model's file says of it, without its weights.

    Raises:
        MienetError: If it is no model that can be used here.
        OSError: If it cannot be read.
    """
    file = _file(path)
    content = _description(file)
    of_recordings = is_of_recordings(content)
    names = content.get("phases") if of_recordings else content.get("classes")
    if not isinstance(names, list):
        raise MienetError(
            f"{file}: no model that says its phases or classes; give a run's folder, or convert a "
            "published checkpoint with mienet import-checkpoint first"
        )
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    folder = file.parent
    return Model(
        folder.name,
        path,
        "recordings" if of_recordings else "clips",
        tuple(map(str, names)),
        tuple(map(str, content.get("events") or ())) if of_recordings else (),
        f"{folder.name}-{digest[:8]}",
        datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat(timespec="seconds"),
        _run_facts(folder).get("training_recordings"),
        is_from_scratch(folder),
    )


def is_from_scratch(run: Path) -> bool:
    """Returns whether a run says that its training began without pretrained weights."""
    return _run_facts(run).get("pretrained", "unknown") is None


def require_same(path: Path, key: str) -> None:
    """Refuses a model that is another one than a job was asked for, as its results were another's.

    Raises:
        MienetError: If its file has changed since.
        OSError: If it cannot be read.
    """
    if (model := read_model(path)).key != key:
        raise MienetError(
            f"{model.name} was replaced since this was asked for, by training or by hand; ask again"
        )


def _file(path: Path) -> Path:
    """Returns the file that describes a model."""
    if path.is_file():
        return path
    exported = path / EXPORTED
    return exported if exported.is_file() else path / WEIGHTS


def _description(file: Path) -> Mapping[str, Any]:
    try:
        if file.suffix == ".json":
            text = file.read_text(encoding="utf-8")
        else:
            with safe_open(file, "numpy") as opened:
                text = (opened.metadata() or {}).get("mienet", "")
        content = json.loads(text)
    except FileNotFoundError as error:
        raise MienetError(
            f"{file}: no model there; give a run's or model's folder, such as runs/first"
        ) from error
    except (SafetensorError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _run_facts(folder: Path) -> dict[str, Any]:
    """Returns what ``run.json`` says of a run; empty for other models."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}
