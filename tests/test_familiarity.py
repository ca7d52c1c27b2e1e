import pytest
import torch
from torch import Tensor

from mienet.errors import MienetError
from mienet.familiarity import KnownClips, choose_known, directions

NOTHING = torch.empty(0)


def known(features: Tensor, labels: list[int]) -> KnownClips:
    return KnownClips(directions(features), torch.tensor(labels), NOTHING, NOTHING.bool())


def test_a_training_clip_itself_is_fully_familiar() -> None:
    features = torch.tensor([[[3.0], [4.0]]])  # (1, T = 2, F = 1)
    found = known(features, [0]).familiarity(2 * features, torch.tensor([0]))
    assert float(found) == pytest.approx(1, abs=1e-3)  # as float16 keeps it


def test_familiarity_is_the_cosine_with_the_clip_most_alike() -> None:
    features = torch.tensor([[[1.0], [0.0]], [[3.0], [4.0]]])
    found = known(features, [0, 0]).familiarity(torch.tensor([[[0.0], [1.0]]]), torch.tensor([0]))
    assert float(found) == pytest.approx(0.8, abs=1e-3)


def test_clips_of_other_classes_do_not_count() -> None:
    features = torch.tensor([[[1.0], [0.0]], [[3.0], [4.0]]])
    clips = torch.tensor([[[3.0], [4.0]]] * 3)
    found = known(features, [0, 1]).familiarity(clips, torch.tensor([0, 1, 2]))
    assert found.tolist() == pytest.approx([0.6, 1, -1], abs=1e-3)


def test_another_order_of_segments_is_less_familiar() -> None:
    features = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    assert known(features, [0]).familiarity(features.flip(1), torch.tensor([0])) == 0


def test_a_file_without_familiarity_has_none() -> None:
    assert KnownClips.of({}, 4) is None


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("familiarity.other", torch.ones(1), "is not of directions, labels, validation, correct"),
        ("familiarity.labels", torch.ones(3), "do not fit the network"),
        ("familiarity.directions", torch.ones(2, 5), "do not fit the network"),
        ("familiarity.correct", torch.ones(2, 2), "is not of directions"),
        ("familiarity.labels", torch.ones(2), r"labels of torch\.float32 instead of torch\.int64"),
        ("familiarity.directions", torch.full((2, 4), torch.nan).half(), "not finite"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, tensor: Tensor, message: str) -> None:
    tensors = known(torch.ones(2, 2, 2), [0, 1]).tensors()
    assert KnownClips.of(tensors, 4)
    with pytest.raises(MienetError, match=message):
        KnownClips.of(tensors | {name: tensor}, 4)


def test_as_many_of_each_class_are_kept() -> None:
    labels = [0] * 50 + [1] * 2 + [2] * 50
    kept = [labels[place] for place in choose_known(labels, most=8)]
    assert [kept.count(label) for label in range(3)] == [3, 2, 3]


def test_each_class_keeps_one_however_many_there_are() -> None:
    assert choose_known([0, 1, 2], most=1) == [0, 1, 2]
