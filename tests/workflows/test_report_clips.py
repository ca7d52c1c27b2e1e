"""The page about a model of clips: what it says, and what it reuses."""

import re
import shutil
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.errors import MienetError
from mienet.workflows.evaluate import evaluate
from mienet.workflows.report import report
from tests.conftest import WriteVideo
from tests.workflows.test_report_recordings import Tags


def page_of(model: Path, name: str = "videos") -> str:
    return (model / f"evaluation/{name}/report.html").read_text()


def test_page_needs_no_other_file(model: Path, class_folders: Path) -> None:
    written = report(model, class_folders)
    tags = Tags(page_of(model))
    assert tags.open == []
    assert {name[:11] for name in tags.references if name[0] != "#"} == {"data:image/"}
    assert {name[1:] for name in tags.references if name[0] == "#"} <= tags.anchors
    assert (written.num_kept, written.num_computed) == (0, 12)


def test_every_mistake_is_a_moving_picture(model: Path, class_folders: Path) -> None:
    report(model, class_folders)
    evaluation, _ = evaluate(model, class_folders, num_workers=0)
    assert page_of(model).count('<img src="data:image/webp') == len(evaluation.mistakes()) > 0


def test_views_of_an_earlier_evaluation_are_used(
    model: Path, class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate(model, class_folders, clips="two", num_workers=0)
    monkeypatch.setattr("mienet.workflows.evaluate._logits", lambda *_: pytest.fail("computed"))
    assert report(model, class_folders).num_kept == 12
    assert "clips two" in page_of(model)


def test_several_models_have_a_page_of_their_mean(
    model: Path, class_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path(shutil.copytree(model, tmp_path / "other"))
    for path in (model, other):
        evaluate(path, class_folders, num_workers=0)
    monkeypatch.setattr("mienet.workflows.evaluate._logits", lambda *_: pytest.fail("computed"))
    written = report([model, other], class_folders)
    assert written.path == model / "evaluation_average/videos/report.html"
    assert (written.num_kept, written.num_computed) == (12, 0)
    page = written.path.read_text()
    assert "<h1>model and other</h1>" in page
    assert "an ensemble: the mean of what 2 models of clips say" in page
    assert page.count("SHA-256 of the model") == 2


def test_only_an_earlier_page_is_replaced(model: Path, class_folders: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    for _ in range(2):
        report(model, class_folders, out=out)
    out.write_text("<!doctype html>\n<title>Our lab</title>")
    with pytest.raises(MienetError, match=r"page\.html would be replaced, .* mienet report"):
        report(model, class_folders, out=out)
    assert "Our lab" in out.read_text()


def test_command_says_the_headline(
    model: Path, class_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(model), "--data", str(class_folders)]) == 0
    said = capsys.readouterr().out
    assert re.match(
        r"On 12 clips, the model names the right one of 2 classes for \d+ of them", said
    )
    assert "guessing for 50 of 100" in said
    assert re.sub(r"\s+", " ", said.split("\n")[0]) in page_of(model).replace("&#39;", "'")


def test_clips_that_may_have_chosen_the_model_are_not_said_to_be_unknown_to_it(
    trained: tuple[object, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Path(shutil.copytree(trained[1], tmp_path / "run"))
    assert main(["report", str(run)]) == 0
    said = capsys.readouterr().out
    assert "not used in its training" not in said
    assert "warning: 6 of the 6 videos are of the validation list, which may have chosen" in said


@pytest.mark.parametrize("has_lost", [False, True])
def test_clips_that_may_be_of_the_training_under_other_names_are_not_said_to_be_new(
    trained: tuple[object, Path],
    write_video: WriteVideo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    has_lost: bool,
) -> None:
    run = Path(shutil.copytree(trained[1], tmp_path / "run"))
    if has_lost:
        listed = run / "train.csv"
        first = Path(listed.read_text().splitlines()[1].split(",")[0])
        listed.write_text(listed.read_text().replace(str(first), str(first.with_name("gone.mp4"))))
    new = write_video("new.mp4", num_frames=30)
    (tmp_path / "test.csv").write_text(f"path,label\n{new},fall\n")
    assert main(["report", str(run), "--data", str(tmp_path / "test.csv")]) == 0
    assert ("not used in its training" in capsys.readouterr().out) != has_lost


def test_training_is_drawn(trained: tuple[object, Path], tmp_path: Path) -> None:
    run = Path(shutil.copytree(trained[1], tmp_path / "run"))
    report(run, out=tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "loss (lower is better), by epoch. training: from" in page
    assert "SHA-256 of train.csv" in page
    assert "learning_rate:" in page


def test_names_of_classes_are_escaped(model: Path, class_folders: Path, tmp_path: Path) -> None:
    name = "videos/rise/<i>.mp4"
    (class_folders / "rise/0.mp4").rename(tmp_path / name)
    (tmp_path / "test.csv").write_text(f"path,label\n{name},rise\n{name},fall\n")
    report(model, tmp_path / "test.csv")
    assert "&lt;i&gt;.mp4" in page_of(model, "test")
    assert "<i>.mp4" not in page_of(model, "test")
