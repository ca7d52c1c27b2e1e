"""The job ``train``: from finished labels to a model with figures, resumed after any end.

Two labeled recordings are enough to train: the model is then for finding in others what is like
them, for a person to correct. From five subjects on (or recordings, where nobody is named) some are
kept apart, so that the figures say how good it is on new ones.
"""

import shutil
from pathlib import Path
from typing import Any

from mienet.config import ConfigError, RunConfig, load_recipe
from mienet.data.manifest import is_prepared, read_prepared
from mienet.data.recordings import read_recordings, subjects_of
from mienet.errors import MienetError
from mienet.labeling.timelines import AnnotatedVideo
from mienet.server.evaluating import counted, measure
from mienet.server.evaluation_list import finished_labels
from mienet.server.figures import write_figures
from mienet.server.models import Model, Models, is_from_scratch, read_model
from mienet.server.places import Places
from mienet.server.running_job import Running
from mienet.server.settings import Settings
from mienet.training.callbacks import TrainingProgress
from mienet.training.run_folder import finished_epochs
from mienet.workflows.prepare_recordings import prepare_recordings
from mienet.workflows.train import train

LEAST_RECORDINGS = 2
GROUPS_TO_VALIDATE, GROUPS_TO_TEST = 5, 12
"""Subjects, or recordings, from which some are kept apart: to validate, and others to test."""

FROM_SCRATCH = {
    "timeline": "it learned from scratch, which costs accuracy, as ImageNet's weights could not be "
    "downloaded: connect to the internet, and teach another one"
}
"""What is said of a model without pretrained weights, where the recipe asks for them."""

MEASURING_SHARE = 0.97
"""Of the job that is over when the training is."""


def teach(running: Running) -> dict[str, Any]:
    """Trains a model on the finished labels, by the job's ``name`` and what ``configure`` takes.

    Raises:
        MienetError: If the labels are too few or cannot be used, or the training fails.
    """
    places, asked = running.places, running.job.asked
    dataset, run = places.datasets / asked["name"], places.runs / asked["name"]
    if not is_prepared(dataset):
        running.tell(None, "reading the finished labels and their videos")
        split = prepare(places, dataset)
        running.tell(None, f"{split}; the training begins")
    config = configure(asked, dataset, run)
    if config is not None:

        def tell(progress: TrainingProgress) -> None:
            message = f"epoch {progress.epoch} of {progress.epochs}, loss {progress.loss:.3f}"
            message += ", from scratch" if is_from_scratch(run) else ""
            running.tell(MEASURING_SHARE * progress.share, message, progress.seconds_left)

        train(config, progress=tell)
    model, models = read_model(run), Models(Settings(places.videos), places)
    if not places.model_in_use.exists():
        models.use(model.name)
    used = models.used()
    running.tell(None, "measuring it on labeled recordings")
    figures = _measured(places, dataset, model)
    message = (
        f"{model.name} is trained; {'' if 'problem' in figures else 'measured '}{figures['said']}"
    )
    if model.is_from_scratch:
        message += f"; {FROM_SCRATCH.get(asked['recipe'], 'it learned from scratch')}"
    return {
        "message": message,
        "model": model.name,
        "is_used": used is not None and used.name == model.name,
        "figures": figures,
    }


def _measured(places: Places, dataset: Path, model: Model) -> dict[str, Any]:
    """Returns the figures of a model on the labels that it was made from, or why it has none.

    Those that are finished by now may have other names, which it does not know; and a model is
    trained, whether or not it can be measured.
    """
    try:
        lists = read_prepared(dataset).lists().values()
        labeled = [video for path in lists for video in read_recordings(path).videos]
        return measure(places, model.path, model.key, labeled)
    except (MienetError, OSError) as error:
        figures = {"problem": str(error), "said": f"it could not be measured: {error}"}
        write_figures(places, model.key, figures)
        return figures


def prepare(places: Places, dataset: Path) -> str:
    """Prepares a dataset of the finished labels, and returns in words how they were split.

    Raises:
        MienetError: If there are too few, or they cannot be used.
    """
    labeled = finished_labels(places)
    if len(labeled) < LEAST_RECORDINGS:
        raise MienetError(
            f"{counted(len(labeled))} with finished labels; a training needs at least "
            f"{LEAST_RECORDINGS}: finish another one"
        )
    split = fractions(labeled)
    by_subject = all(map(subjects_of, labeled))
    inspection, _ = prepare_recordings(
        places.labels,
        out=dataset,
        videos=places.videos,
        split=split,
        group_by="subject" if by_subject else None,
        decode=False,
        jobs=1,
    )
    counts = {name: len(own) for name, own in inspection.splits.items()}
    said = f"{counts['train']} recordings to learn from"
    if len(split) == 1:
        return f"{said}, and none kept apart: they are too few"
    kept = sum(counts.values()) - counts["train"]
    return f"{said}, {kept} kept apart" + (", nobody in both" if by_subject else "")


def fractions(labeled: tuple[AnnotatedVideo, ...]) -> tuple[float, ...]:
    """Returns the parts of training, validation and test for so many subjects or recordings."""
    subjects = [subjects_of(video) for video in labeled]
    named = {name for names in subjects for name in names}
    count = len(named) if all(subjects) else len(labeled)
    if count < GROUPS_TO_VALIDATE:
        return (1,)
    return (0.8, 0.2) if count < GROUPS_TO_TEST else (0.7, 0.15, 0.15)


def configure(asked: dict[str, Any], dataset: Path, run: Path) -> RunConfig | None:
    """Returns the options of a training, or of going on with it; None if it has ended.

    Args:
        asked: ``recipe``, the name of one of recordings; ``epochs``, or None for the recipe's;
            ``from_path``, the folder of a run to start from, whose options are taken, or None.
        dataset: What to learn from.
        run: Where the run's folder is to be; its name is that of the model.

    Raises:
        MienetError: If the model to start from is not of a run of recordings.
    """
    state = run / "last.ckpt"
    if state.exists():
        config = load_recipe(run / "config.yaml", {"train.resume": str(state)})
        return config if finished_epochs(run) < config.train.epochs else None
    if run.exists():  # killed before the first epoch ended
        shutil.rmtree(run)
    changes: dict[str, Any] = {
        "data.root": str(dataset),
        "data.train": None,
        # Without others, thresholds are tuned on what is learned from.
        "data.val": None if (dataset / "val.csv").exists() else str(dataset / "train.csv"),
        "train.name": run.name,
        "train.out": str(run.parent),
        "train.resume": None,
    }
    if asked.get("epochs") is not None:
        changes["train.epochs"] = asked["epochs"]
    recipe, start = Path(asked["recipe"]), asked["from_path"]
    if start is not None:
        recipe = Path(start) / "config.yaml"
        changes["model.pretrained"] = start
        if not recipe.is_file():
            raise MienetError(
                f"{start}: it cannot be learned on from, as it lacks the config.yaml of a run; "
                "teach a new model, without starting from it"
            )
    config = load_recipe(recipe, changes)
    if config.timeline.head is None:
        raise ConfigError(
            f"{start}: a model of clips, which cannot learn from whole recordings; teach a new "
            "model, without starting from it"
        )
    return config
