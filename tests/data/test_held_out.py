import pytest

from mienet.data.held_out import evaluation_list, own_list
from mienet.data.manifest import DatasetError
from mienet.errors import MienetError
from tests.data.test_resolve import dataset


def test_models_are_not_measured_on_training_videos_unasked(tmp_path) -> None:
    folder = dataset(tmp_path)
    assert evaluation_list(folder) == folder / "val.csv"
    (folder / "val.csv").unlink()
    with pytest.raises(DatasetError, match=r"d has no test or validation list.*d/train\.csv"):
        evaluation_list(folder)
    assert evaluation_list(folder / "train.csv") == folder / "train.csv"


def test_runs_with_other_validation_lists_have_none_in_common(tmp_path) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    for name, text in (("a", "path,label\n1.mp4,up\n"), ("b", "path,label\n2.mp4,up\n")):
        (tmp_path / name / "val.csv").write_text(text)
    one, other, bare = (tmp_path / name for name in "abc")
    assert own_list([one, one]) == one / "val.csv"
    with pytest.raises(MienetError, match=r"a/val\.csv and .*b/val\.csv differ.*give --data"):
        own_list([one, other])
    with pytest.raises(FileNotFoundError, match=r"c has no validation list.*give --data"):
        own_list([one, bare])
