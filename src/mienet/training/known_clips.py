"""The end of a training: how familiar the validation clips are with the training clips."""

from collections.abc import Sequence

import torch
from torch import Tensor

from mienet.annotations.records import VideoRecord
from mienet.data.loading import EvaluationDataset, evaluation_loader
from mienet.familiarity import KnownClips, choose_known, directions
from mienet.progress import progress_bar
from mienet.recognizer import NetworkRecognizer
from mienet.video.frame_cache import FrameCache


def learn_known_clips(
    recognizer: NetworkRecognizer,
    training: Sequence[VideoRecord],
    validation: Sequence[VideoRecord],
    *,
    batch_size: int = 8,
    num_workers: int | None = None,
    cache: FrameCache | None = None,
) -> KnownClips:
    """Returns what tells how familiar clips are to a model, from its training and validation.

    Of the training clips some are kept (``choose_known``), as they are seen in use: the clip of
    segment centers, without augmentation.

    Args:
        recognizer: The model that is kept, on the device that computes.
        training: The clips that it was trained with, labeled.
        validation: Those that it was not trained with, labeled.
        batch_size: Clips at once.
        num_workers: Processes that read; None is as many as fit.
        cache: Where frames may be kept.

    Raises:
        VideoError: If a video cannot be read any more.
    """
    chosen = [training[place] for place in choose_known([clip.label or 0 for clip in training])]
    found = []
    for records, said in ((chosen, "Training clips"), (validation, "Validation clips")):
        dataset = EvaluationDataset(records, recognizer.clip_format, cache=cache)
        loader = evaluation_loader(dataset, batch_size, num_workers)
        views = (batch.clips for batch in progress_bar(loader, description=said, unit="batch"))
        pairs = [_outputs(recognizer, part.to(recognizer.device)) for part in views]
        found.append([torch.cat(parts) for parts in zip(*pairs, strict=True)])
    (known, _), (features, answers) = found
    nothing = torch.empty(0)
    clips = KnownClips(directions(known), _labels(chosen), nothing, nothing.bool())
    familiarity = clips.familiarity(features, answers)
    return KnownClips(clips.directions, clips.labels, familiarity, answers == _labels(validation))


@torch.inference_mode()
def _outputs(recognizer: NetworkRecognizer, views: Tensor) -> tuple[Tensor, Tensor]:
    """Returns features ``(B, T, F)`` and answers ``(B,)`` of one view each, on the CPU."""
    features = recognizer.features(views[:, 0])
    return features.float().cpu(), recognizer.network.logits(features).argmax(dim=1).cpu()


def _labels(records: Sequence[VideoRecord]) -> Tensor:
    return torch.tensor([record.label for record in records])
