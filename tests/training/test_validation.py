"""The figures of validation are those of evaluation."""

import pytest
import torch

from mienet.metrics import compute_metrics, metrics_of_counts
from mienet.training.task import ClassCounts


@pytest.mark.parametrize("num_classes", [2, 3, 5, 6, 12])
def test_validation_counts_as_evaluation_does(num_classes: int) -> None:
    generator = torch.Generator().manual_seed(num_classes)
    # Few different values: many ties. The last class has no clips, but is predicted.
    logits = torch.randint(3, (40, num_classes), generator=generator).float()
    labels = torch.randint(num_classes - 1, (40,), generator=generator)
    counts = ClassCounts(num_classes)
    for part in range(0, 40, 7):
        counts.update(logits[part : part + 7], labels[part : part + 7])
    expected = compute_metrics(labels.numpy(), logits.double().softmax(dim=1).numpy())
    assert metrics_of_counts(counts.compute().numpy()) == expected
