from functools import partial
from pathlib import Path

import pytest

from mienet.config import RunConfig
from mienet.errors import MienetError
from mienet.synthetic.videos import make_dataset
from mienet.workflows import demo_clips as module
from mienet.workflows.demo_folder import NOTE_START
from mienet.workflows.evaluate import evaluate


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the demo as small as it can be: one athlete a split, one epoch."""
    made = partial(make_dataset, athletes=(1, 1, 1), size=(48, 32), jobs=1, progress=False)
    load = module.load_recipe

    def load_small(name: str, changes: dict) -> object:
        tiny = {"data.short_side": 36, "data.crop_size": 32, "data.num_workers": 0}
        short = {"model.num_segments": 2, "train.epochs": 1, "trainer.accelerator": "cpu"}
        return load(name, changes | tiny | short)

    monkeypatch.setattr(module, "make_dataset", made)
    monkeypatch.setattr(module, "evaluate", partial(evaluate, num_workers=0))
    monkeypatch.setattr(module, "load_recipe", load_small)


def test_the_demo_leaves_everything_in_its_folder(
    small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "demo"
    evaluation = module.demo_clips(out, seed=1)
    assert evaluation.metrics.num_videos == 10
    for name in ("overview.png", "prediction.json", "model.safetensors", "videos/test.csv"):
        assert (out / name).is_file()
    assert (out / "evaluation/test/confusion_matrix.png").is_file()
    assert f"Everything is in {out}" in capsys.readouterr().out


def test_a_second_demo_replaces_the_first(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "demo"
    (out / "videos").mkdir(parents=True)
    (out / "videos/README.txt").write_text(f"{NOTE_START}of the first")
    (out / "model.safetensors").write_text("of the first")

    def look(config: RunConfig) -> None:
        assert list(out.rglob("*")) == []
        assert (config.model.motion, config.train.name) == ("none", "demo")
        raise InterruptedError

    monkeypatch.setattr(module, "make_dataset", lambda *_, **__: None)
    monkeypatch.setattr(module, "train", look)
    with pytest.raises(InterruptedError):
        module.demo_clips(out, rgb_only=True)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("important")
    with pytest.raises(MienetError, match="contains other files; choose another folder"):
        module.demo_clips(tmp_path)
    assert (tmp_path / "thesis.txt").exists()
