"""Prediction: ranked classes for videos, those that cannot be read reported beside the others."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from mienet.data.annotations import find_videos
from mienet.data.sampling import ClipChoice
from mienet.data.transforms import CropChoice
from mienet.errors import MienetError
from mienet.recognizer import Prediction, load


@dataclass(frozen=True)
class Predictions:
    """The predictions of all readable videos, and what is wrong with the others."""

    predictions: list[Prediction]
    problems: list[str]


def predict(
    checkpoint: str | Path,
    videos: Sequence[str | Path],
    *,
    clips: ClipChoice = "centre",
    crops: CropChoice = "one",
    device: str = "auto",
) -> Predictions:
    """Returns ranked classes for every video; one that cannot be read does not stop the others.

    Args:
        checkpoint: A run's or model's folder, or a ``.safetensors`` file.
        videos: Video files, folders of frames, and folders of videos.
        clips: Clips per video to average over: centre, two or dense (ten).
        crops: Crops per clip to average over: one or three.
        device: Where to compute; "auto" takes a GPU if there is one.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        MienetError: If the checkpoint cannot be used.
    """
    recognizer = load(checkpoint, device=device)
    predictions, problems = [], []
    for path in tqdm(expand(videos), desc="Predicting", unit="video", delay=2):
        try:
            predictions.append(recognizer.predict(path, clips=clips, crops=crops))
        except (MienetError, OSError) as error:
            problems.append(str(error))
    return Predictions(predictions, problems)


def expand(videos: Sequence[str | Path]) -> list[Path]:
    """Returns the paths, with every folder of videos replaced by the videos in it."""
    return [found for path in map(Path, videos) for found in find_videos(path) or [path]]


def write_json(path: str | Path, found: Predictions) -> None:
    """Writes predictions and problems to one JSON file, all or nothing.

    Raises:
        MienetError: If ``path`` is a folder.
    """
    content = {
        "predictions": [
            {
                "path": str(prediction.path),
                "classes": [
                    {"name": name, "probability": probability}
                    for name, probability in zip(
                        prediction.classes, prediction.probabilities, strict=True
                    )
                ],
            }
            for prediction in found.predictions
        ],
        "problems": found.problems,
    }
    path = Path(path)
    if path.is_dir():
        raise MienetError(f"{path} is a folder; give a file to write, such as {path}/result.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)
