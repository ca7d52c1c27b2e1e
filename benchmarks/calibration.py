"""Whether a model of clips is as sure as it is right, and whether it doubts what it never learned.

    .venv/bin/python benchmarks/calibration.py runs/NAME test.csv outsiders.csv [--root VIDEOS]

The temperature is chosen on each half of the test clips and judged on the other. Outsiders are
clips of none of the classes: the area under the ROC curve is how often one of them is less sure
than a test clip.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from mienet.data.resolve import read_labeled, resolve_videos
from mienet.loading import load_clip_model
from mienet.metrics.calibration import reliability_bins
from mienet.recognizer import Recognizer
from mienet.training.calibration import best_temperature, temperature_losses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("test", type=Path)
    parser.add_argument("outsiders", type=Path)
    parser.add_argument("--root", type=Path)
    options = parser.parse_args()
    recognizer = load_clip_model(options.model)
    recognizer.temperature = 1.0
    test = read_labeled(options.test, root=options.root, classes=recognizer.classes).records
    logits = logits_of(recognizer, test)
    labels = torch.tensor([record.label for record in test])
    halves = [torch.arange(start, len(labels), 2) for start in (0, 1)]
    tuned, used = torch.empty_like(logits), []
    for own, other in (halves, halves[::-1]):
        used.append(best_temperature(temperature_losses(logits[own], labels[own]), len(own)))
        tuned[other] = logits[other] / used[-1]
    outside = logits_of(recognizer, resolve_videos([options.outsiders]).records)
    sure = torch.cat([logits, outside]).softmax(dim=1).amax(dim=1)
    area = roc_auc_score([1] * len(logits) + [0] * len(outside), sure.numpy())
    print(f"{len(logits)} test clips, {len(outside)} outsiders")
    print(f"expected calibration error: {error(logits, labels):.1%} as it is")
    chosen = " and ".join(f"{temperature:.2f}" for temperature in used)
    print(f"  {error(tuned, labels):.1%} with temperatures {chosen}, each from the other half")
    print(f"outsiders told by the largest probability: area under the ROC curve {area:.2f}")
    return 0


def logits_of(recognizer: Recognizer, records: list) -> Tensor:
    with torch.inference_mode():
        views = (torch.cat(list(recognizer.iterate_views(record))) for record in records)
        return torch.stack([recognizer.video_logits(one[None])[0] for one in views])


def error(logits: Tensor, labels: Tensor) -> float:
    said = logits.softmax(dim=1)
    right = (said.argmax(dim=1) == labels).numpy()
    bins = reliability_bins(np.asarray(said.amax(dim=1)), right)
    gaps = (one.count * abs(one.accuracy - one.confidence) for one in bins if one.count)
    return sum(gaps) / len(labels)


if __name__ == "__main__":
    sys.exit(main())
