import numpy as np
import pytest

from mienet.data.loading import EpochBatches
from mienet.training.balancing import balanced_weights


def test_weights_are_inverse_to_the_counts() -> None:
    # 6 clips, 2 classes with clips: 6 / (2 * 4), 6 / (2 * 2), and none for the empty class.
    assert balanced_weights([0, 0, 0, 0, 2, 2], 3) == pytest.approx([0.75, 0.0, 1.5])


def test_a_weighted_order_draws_the_classes_equally_often() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    weights = balanced_weights(labels.tolist(), 2)[labels]
    batches = EpochBatches(100, 10, shuffle=True, weights=weights)
    drawn = []
    for epoch in range(50):
        batches.set_epoch(epoch)
        drawn += [labels[index] for batch in batches for _, index in batch]
    assert len(drawn) == 5000
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.03)


def test_processes_share_one_weighted_order() -> None:
    def order(rank: int, world_size: int) -> list[int]:
        batches = EpochBatches(
            12, 2, shuffle=True, rank=rank, world_size=world_size, weights=np.arange(12.0)
        )
        return [index for batch in batches for _, index in batch]

    alone = order(0, 1)
    assert sorted(alone) == sorted(order(0, 2) + order(1, 2))
    assert 0 not in alone
