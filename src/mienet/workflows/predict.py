"""Prediction: ranked classes for videos, those that cannot be read reported beside the others."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from torch import Tensor
from tqdm import tqdm

from mienet.data.discovery import find_videos
from mienet.data.sampling import ClipChoice
from mienet.data.transforms import CropChoice
from mienet.errors import MienetError
from mienet.options import checked
from mienet.recognizer import Prediction, load


@dataclass(frozen=True)
class Predictions:
    """The predictions of all readable videos, and what is wrong with the others."""

    predictions: list[Prediction]
    problems: list[str]


@checked()
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
    paths = expand(videos)
    predictions, problems = [], []
    reading = _read_ahead(paths, partial(recognizer.read_views, clips=clips, crops=crops))
    for path, views in tqdm(reading, total=len(paths), desc="Predicting", unit="video", delay=2):
        try:
            predictions.append(recognizer.rank(path, views.result()))
        except (MienetError, OSError) as error:
            problems.append(str(error))
    return Predictions(predictions, problems)


def _read_ahead(
    paths: Sequence[Path], read: Callable[[Path], Tensor]
) -> Iterator[tuple[Path, Future[Tensor]]]:
    """Yields each path with its views, the next video being read while this one is in use."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        waiting: deque[tuple[Path, Future[Tensor]]] = deque()
        for path in paths:
            waiting.append((path, reader.submit(read, path)))
            if len(waiting) > 1:
                yield waiting.popleft()
        yield from waiting


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
    unfinished = path.with_suffix(".partial")
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
