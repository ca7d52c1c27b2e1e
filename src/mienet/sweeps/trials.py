"""The trainings of a sweep: a folder for each, and what was found.

OUT/lists/fold0/test.csv, train.csv           which videos, once for all trials that share them
OUT/trials/mie_net-fold0-seed0/trial.json     what it is of
OUT/trials/mie_net-fold0-seed0/recipe.yaml    its options
OUT/trials/mie_net-fold0-seed0/run/           the run, as mienet train makes it
OUT/trials/mie_net-fold0-seed0/result.json    what was found, once it is over
OUT/trials/mie_net-fold0-seed0/log.txt        what it printed
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import yaml

from mienet.config import RunConfig
from mienet.errors import MienetError
from mienet.files import write_whole
from mienet.sweeps.folds import Fold, make_folds, training_part
from mienet.sweeps.plan import SweepPlan, Variant
from mienet.sweeps.videos import SweepVideos

RESULT = "result.json"
RECIPE = "recipe.yaml"
SETTINGS = "trial.json"
RUN = "run"
TEST = "test"
LEARNED = "training"


class SweepError(MienetError):
    """A folder of a sweep that does not belong to the plan, or has nothing in it."""


@dataclass(frozen=True)
class Trial:
    """One training, and what it is tested with.

    Attributes:
        variant: Name of what is compared.
        fold: Name of the fold that is held out.
        seed: Of the training.
        folder: Its own.
        lists: Folder with its train.csv and test.csv.
        num_training: Videos that it learns from.
        test: Places of the videos that it is tested with, in the order of its list.
    """

    variant: str
    fold: str
    seed: int
    folder: Path
    lists: Path
    num_training: int
    test: Sequence[int]

    @property
    def name(self) -> str:
        """Returns what to call it: ``mie_net, fold0, seed 0``."""
        return f"{self.variant}, {self.fold}, seed {self.seed}"

    def result(self) -> "TrialResult | None":
        """Returns what was found; None before it is over."""
        return read_result(self.folder)


@dataclass(frozen=True)
class TrialResult:
    """What a trial found.

    Attributes:
        state: Whether it came to its end; those in files did, or failed, or, in a search, were
            stopped early.
        problem: Why it did not.
        answers: Of each test clip the index of the class that is said, and how many classes are
            said to be likelier than the right one; None of recordings.
        training_share: Share of the training videos that are recognized (of recordings, of their
            frames), which the network has learned by heart where it is far above the test's.
        training_seconds: Of processor time; None if the training was stopped and resumed.
        num_parameters: Numbers that were learned.
        gigaflops: Of a clip or window.
        score: Of a search's training: the last epoch's, by the videos that judge.
    """

    state: Literal["open", "done", "failed", "stopped"]
    problem: str = ""
    answers: Sequence[Sequence[int]] | None = None
    training_share: float | None = None
    training_seconds: float | None = None
    num_parameters: int | None = None
    gigaflops: float | None = None
    score: float | None = None


def trial_folder(home: Path, variant: str, fold: str, seed: int) -> Path:
    """Returns the folder of a trial of the sweep in ``home``."""
    return home / "trials" / f"{_slug(variant)}-{_slug(fold)}-seed{seed}"


def lists_of(folder: Path) -> Path:
    """Returns the folder with the lists of the trial in ``folder``."""
    settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    return (folder / settings["lists"]).resolve()


def read_result(folder: Path) -> TrialResult | None:
    """Returns what a trial found; None before it is over."""
    path = folder / RESULT
    if not path.is_file():
        return None
    return TrialResult(**json.loads(path.read_text(encoding="utf-8")))


def write_result(folder: Path, result: TrialResult) -> None:
    """Writes what a trial found to its folder."""
    text = json.dumps(asdict(result), ensure_ascii=False, allow_nan=False)
    write_whole(folder / RESULT, text + "\n")


def make_trials(
    plan: SweepPlan, videos: SweepVideos, out: Path, folds: Sequence[Fold] | None = None
) -> list[Trial]:
    """Returns all trials of a plan, or of some of its folds, whose folders and lists are written.

    All variants of a fold and seed come before those of the next, so that a sweep that is stopped
    has compared all of them on some.

    Raises:
        MienetError: If the folds cannot be made.
        SweepError: If the folder holds trials of the same names and other options or videos.
        OSError: If it cannot be written.
    """
    wanted = make_folds(plan, videos) if folds is None else folds
    trials, problems = [], []
    for seed, fold, variant in product(plan.seeds, wanted, plan.variants()):
        places = training_part(fold, variant, videos, seed)
        lists = {"train.csv": videos.write(places), "test.csv": videos.write(fold.test)}
        folder = trial_folder(out, variant.name, fold.name, seed)
        settings = {
            "variant": variant.name,
            "fold": fold.name,
            "seed": seed,
            "lists": f"../../lists/{_list_name(variant, fold, seed)}",
            "list_sha256": {name: _sha256(text) for name, text in lists.items()},
            "recipe": options_of(plan.config(variant, seed)),
        }
        trial = Trial(
            variant.name,
            fold.name,
            seed,
            folder,
            out / "lists" / _list_name(variant, fold, seed),
            len(places),
            fold.test,
        )
        problems += _other_settings(folder, settings)
        trials.append((trial, settings, lists))
    if problems:
        said = "\n  ".join(problems[:20])
        more = f"\n  and {len(problems) - 20} more" if len(problems) > 20 else ""
        raise SweepError(
            f"{out} holds trials of another plan; give another --out, or delete what differs:\n"
            f"  {said}{more}"
        )
    for trial, settings, lists in trials:
        _write(trial, settings, lists)
    return [trial for trial, _, _ in trials]


def options_of(config: RunConfig) -> dict[str, Any]:
    """Returns a training's options as JSON has them: tuples as lists, as they are read again."""
    return dict(json.loads(json.dumps(asdict(config))))


def _write(trial: Trial, settings: dict[str, Any], lists: dict[str, str]) -> None:
    """Writes what a trial is of, its settings last: where they are, all is."""
    for folder in (trial.folder, trial.lists):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in lists.items():
        write_whole(trial.lists / name, text)
    recipe = yaml.safe_dump(settings["recipe"], sort_keys=False, allow_unicode=True)
    write_whole(trial.folder / RECIPE, recipe)
    write_whole(trial.folder / SETTINGS, json.dumps(settings, indent=1, ensure_ascii=False) + "\n")


def _other_settings(folder: Path, settings: dict[str, Any]) -> list[str]:
    """Returns a line if a folder is of a trial with other settings, with the first that differ.

    A trial that failed before it learned anything may get others, which may be why they are given.
    """
    path, result = folder / SETTINGS, read_result(folder)
    has_failed = result is not None and result.state == "failed"
    if not path.is_file() or (has_failed and not (folder / RUN / "last.ckpt").exists()):
        return []
    before = json.loads(path.read_text(encoding="utf-8"))
    # An option that has come with a later version is as where nothing is said of it.
    before["recipe"] = {
        group: options | before["recipe"].get(group, {})
        for group, options in options_of(RunConfig()).items()
    }
    if before == settings:
        return []
    differing = [
        f"{group}.{name} was {before['recipe'][group][name]!r}, is {value!r}"
        for group, options in settings["recipe"].items()
        for name, value in options.items()
        if before["recipe"][group][name] != value
    ]
    if before["list_sha256"] != settings["list_sha256"]:
        differing.append("it was of other videos")
    return [f"{folder}: {'; '.join(differing[:3]) or 'it was of another variant'}"]


def _list_name(variant: Variant, fold: Fold, seed: int) -> str:
    if variant.clips_per_class is not None:
        return f"{_slug(fold.name)}-{variant.clips_per_class}-a-class-seed{seed}"
    if variant.part < 1:
        return f"{_slug(fold.name)}-part{variant.part:g}-seed{seed}"
    return _slug(fold.name)


def _slug(name: str) -> str:
    """Returns a name as that of a file, which tells those apart that differ in other characters."""
    plain = re.sub(r"[^\w.]+", "-", name).strip("-.")
    is_told_apart = plain in (name, name.replace(", ", "-").replace(" ", "-"))
    return plain if is_told_apart else f"{plain}-{_sha256(name)[:6]}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
