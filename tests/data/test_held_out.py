import pytest

from mienet.data.held_out import evaluation_list
from mienet.data.manifest import DatasetError
from tests.data.test_resolve import dataset


def test_models_are_not_measured_on_training_videos_unasked(tmp_path) -> None:
    folder = dataset(tmp_path)
    assert evaluation_list(folder) == folder / "val.csv"
    (folder / "val.csv").unlink()
    with pytest.raises(DatasetError, match=r"d has no test or validation list.*d/train\.csv"):
        evaluation_list(folder)
    assert evaluation_list(folder / "train.csv") == folder / "train.csv"
