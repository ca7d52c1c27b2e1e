"""What an evaluation found: its remarks, and the files that it is written to.

    runs/NAME/evaluation/test/metrics.json          the figures, and what they are held against
    runs/NAME/evaluation/test/predictions.csv       every video: label, prediction, probabilities
    runs/NAME/evaluation/test/mistakes.csv          those that are wrong, the most confident first
    runs/NAME/evaluation/test/per_class.csv, confusion_matrix.png

Each list has a folder of its own, so that the figures of one do not take the place of another's.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mienet.annotations.discovery import Ignored
from mienet.annotations.records import VideoRecord
from mienet.files import write_whole
from mienet.metrics import Metrics, Reference, per_class
from mienet.metrics.calibration import Threshold, threshold_rows
from mienet.metrics.selection import Selection
from mienet.rendering.figures import confusion_matrix_png
from mienet.rendering.results import PART_COLUMNS, class_columns, csv_line, to_bytes
from mienet.rendering.spreadsheet import write_table

METRICS = "metrics.json"
METRICS_START = r'\{\s*"num_(videos|recordings)":'
"""How the figures of an evaluation begin, of clips and of recordings; others keep metrics, too."""
FILES = (METRICS, "predictions.csv", "mistakes.csv", "per_class.csv", "confusion_matrix.png")


@dataclass(frozen=True)
class Evaluation:
    """What a recognizer, or several together, say about labeled videos.

    Attributes:
        records: The videos.
        classes: Names of the classes by index.
        labels: Right classes, ``(N,)``.
        probabilities: ``(N, classes)``, in [0, 1].
        metrics: The figures.
        source: The list or folder that names the videos.
        reference: What the top-1 is to be held against.
        group_by: The list's column that the interval is over; None for the videos themselves.
        learned: How many of the videos a run has trained with (``train.csv``) and was chosen by
            (``val.csv``).
        replaced: The list whose results were in the folder before; None for a new folder.
        ignored: What lies in the folder of the videos and is none.
        num_kept: Models whose outputs were kept from an earlier run of the command.
        kept_in: The files that these are in.
        groups: What each video belongs to, ``N`` names: such as who was filmed, or else itself.
        familiarity: Of each video, ``(N,)``; None where no error rate is asked for.
        selection: From which familiarity on an answer is given; None likewise.
        lost: Sentences on videos that a run has learned from and that may be among these unknown.
    """

    records: Sequence[VideoRecord]
    classes: Sequence[str]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    metrics: Metrics
    source: Path
    reference: Reference
    group_by: str | None = None
    learned: dict[str, int] = field(default_factory=dict)
    replaced: str | None = None
    ignored: Sequence[Ignored] = ()
    num_kept: int = 0
    kept_in: Sequence[Path] = ()
    groups: Sequence[str] = ()
    familiarity: NDArray[np.float64] | None = None
    selection: Selection | None = None
    lost: tuple[str, ...] = ()

    @property
    def answers(self) -> Threshold | None:
        """Returns what the error rate that is asked for keeps and costs; None without one."""
        if self.familiarity is None or self.selection is None:
            return None
        correct = self.probabilities.argmax(axis=1) == self.labels
        return threshold_rows(self.familiarity, correct, [self.selection.threshold])[0]

    def answer_sentences(self) -> list[str]:
        """Returns what an error rate keeps and costs, in words; nothing without one."""
        if (answers := self.answers) is None or self.selection is None:
            return []
        share = f" ({answers.accuracy:.1%})" if answers.kept else ""
        return [
            f"Answered are {answers.kept} of {len(self.labels)} videos, {answers.kept_right} of "
            f"them right{share}; the others are none of these, though {answers.given_up_right} of "
            "them would have been right.",
            f"The validation promises that at most {self.selection.error_bound:.1%} of the answers "
            f"are wrong, from familiarity {self.selection.threshold:.2f} on.",
        ]

    @property
    def list_name(self) -> str:
        """Returns the list's name with its folder's, such as ``jumps/test.csv``."""
        return "/".join(self.source.absolute().parts[-2:])

    def per_class(self) -> list[dict[str, Any]]:
        """Returns one row per class: its videos, how many are recognized, precision, recall, F1."""
        return per_class(self.labels, self.probabilities, self.classes)

    def mistakes(self) -> list[int]:
        """Returns the places of the videos that are not recognized, the most confident first."""
        predicted, shares = self.probabilities.argmax(axis=1), self.probabilities.max(axis=1)
        wrong = np.flatnonzero(predicted != self.labels)
        return [int(place) for place in wrong[np.argsort(-shares[wrong], kind="stable")]]

    def warnings(self) -> list[str]:
        """Returns what speaks against the figures, a sentence each."""
        found, count = [], len(self.labels)
        if trained := self.learned.get("train.csv"):
            found.append(
                f"{trained} of the {count} videos were used in training, so the accuracy on new "
                "videos is lower; evaluate on videos that were not"
            )
        if chosen := self.learned.get("val.csv"):
            found.append(
                f"{chosen} of the {count} videos are of the validation list, which may have chosen "
                "the model, so the accuracy on new videos is probably lower; a test list that took "
                "no part gives a figure to report"
            )
        found += self.lost
        reference = self.reference
        if reference.takes_nearly_all:
            found.append(
                f"{reference.most_predicted_share:.0%} of the predictions are "
                f"{self.classes[reference.most_predicted_class]!r}: the classes are hardly told "
                "apart"
            )
        if not reference.beats_commonest and self.metrics.top1 < 1:
            found.append(
                "top-1 is not clearly better than always answering "
                f"{self.classes[reference.commonest_class]!r}, the commonest class"
            )
        return found


def results_home(homes: Sequence[Path]) -> Path:
    """Returns the folder of all evaluations of a model, of its folder, or of several together."""
    return homes[0] / ("evaluation" if len(homes) == 1 else "evaluation_average")


def results_folder(home: Path, source: Path) -> Path:
    """Returns the folder in ``home`` for the results of a list.

    It has the list's name; where another list of that name has it, a number is added.

    Args:
        home: The folder of all evaluations.
        source: A list, or a folder of videos.
    """
    there = source.resolve()
    name = (there.name if there.is_dir() else there.stem) or "videos"
    folder, number = home / name, 1
    while earlier_list(folder) not in (None, str(source.absolute())):
        number += 1
        folder = home / f"{name}_{number}"
    return folder


def earlier_list(folder: Path) -> str | None:
    """Returns the list whose results are in a folder; None if there are no results."""
    try:
        content = json.loads((folder / METRICS).read_text(encoding="utf-8"))
        return str(content["data"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def write_evaluation(evaluation: Evaluation, settings: dict[str, Any], out: Path) -> None:
    """Writes all files to the folder ``out``, each whole or not at all.

    Raises:
        OSError: If one cannot be written, with its name.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = asdict(evaluation.metrics) | _reference_facts(evaluation) | settings
    if (answers := evaluation.answers) and evaluation.selection:
        content["answers"] = {
            "least_familiarity": evaluation.selection.threshold,
            "promised_error_rate": evaluation.selection.error_bound,
            "answered": answers.kept,
            "answered_correct": answers.kept_right,
            "correct_but_not_answered": answers.given_up_right,
        }
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    write_whole(out / METRICS, to_bytes(text))
    everything = range(len(evaluation.records))
    _write_lines(out / "predictions.csv", _prediction_lines(evaluation, everything))
    _write_lines(out / "mistakes.csv", _prediction_lines(evaluation, evaluation.mistakes()))
    write_table(out / "per_class.csv", evaluation.per_class())
    figures = evaluation.metrics
    image = confusion_matrix_png(
        evaluation.labels,
        evaluation.probabilities.argmax(axis=1),
        evaluation.classes,
        title=f"{evaluation.list_name}\ntop-1 {figures.top1:.1%} of {figures.num_videos} videos",
    )
    write_whole(out / "confusion_matrix.png", image)


def _reference_facts(evaluation: Evaluation) -> dict[str, Any]:
    """Returns what metrics.json says beside the figures themselves."""
    reference, classes = evaluation.reference, evaluation.classes
    return {
        "top1_interval": reference.top1_interval,
        "interval_over": evaluation.group_by or "video",
        "num_groups": reference.num_groups,
        "chance": reference.chance,
        "commonest_class": classes[reference.commonest_class],
        "commonest_class_share": reference.commonest_share,
        "most_predicted_class": classes[reference.most_predicted_class],
        "most_predicted_share": reference.most_predicted_share,
        "warnings": evaluation.warnings(),
    }


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    write_whole(path, to_bytes("".join(lines)))


def _prediction_lines(evaluation: Evaluation, places: Iterable[int]) -> Iterator[str]:
    """Yields a CSV's lines for the videos at ``places``.

    The cells are the video and part of it, right and likeliest class, whether they are the same,
    the likeliest one's probability, its familiarity if an error rate is asked for, and each
    class's probability.
    """
    records, classes = evaluation.records, evaluation.classes
    parts = [n for n in PART_COLUMNS if any(getattr(r, n) is not None for r in records)]
    columns = ["path", *parts, "label", "predicted", "correct", "confidence"]
    familiarity = evaluation.familiarity
    columns += [] if familiarity is None else ["familiarity"]
    yield csv_line([*columns, *class_columns(classes, columns)])
    for place in places:
        record, label = records[place], int(evaluation.labels[place])
        shares = evaluation.probabilities[place]
        best = int(shares.argmax())
        cells = [record.path, *(getattr(record, name) for name in parts)]
        cells += [classes[label], classes[best], "true" if best == label else "false"]
        numbers = [shares[best], *([] if familiarity is None else [familiarity[place]]), *shares]
        yield csv_line(cells, [f"{number:.6f}" for number in numbers])
