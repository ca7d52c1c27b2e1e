import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from mienet.annotations.records import VideoRecord
from mienet.cli import main
from mienet.data.clips import ClipFormat
from mienet.data.resolve import FoundVideos
from mienet.errors import MienetError, MissingExtraError
from mienet.loading import load, load_network
from mienet.models import mie_net, pan_lite, resnet, tsn
from mienet.models.network import SegmentNetwork
from mienet.recognizer import NetworkRecognizer
from mienet.workflows.evaluate import evaluate
from mienet.workflows.export import Agreement, _videos, compare, export
from mienet.workflows.export_kinds import ClipExport
from mienet.workflows.predict import predict
from tests.conftest import WriteVideo, make_recognizer, with_known
from tests.models.published import randomize

pytestmark = pytest.mark.usefixtures("traced_once")


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def clips(batch: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (batch, 2, 4, 3, 32, 32), dtype=torch.uint8, generator=generator)


@pytest.fixture
def one_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes ResNet-18 one block, where it is not the claim: converting takes a second for each."""
    monkeypatch.setitem(resnet.ARCHITECTURES, "resnet18", (resnet.BasicBlock, (1, 0, 0, 0)))


@pytest.mark.parametrize("name", ["", "model.json"])
def test_an_exported_model_is_not_exported_again(exported: Path, name: str, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match="give the run that it was exported from"):
        export(exported / name, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.usefixtures("one_block")
@pytest.mark.parametrize("format", ["torch", "onnx"])
def test_vap_is_exported(format: str, tmp_path: Path, class_folders: Path) -> None:
    torch.manual_seed(0)  # so that both formats are of one network, traced once
    network = randomize(pan_lite(2, "resnet18", num_segments=4, consensus="vap"))
    clip_format = ClipFormat(4, 4, 36, 32, frame_stride=2)
    recognizer = NetworkRecognizer(network, ["fall", "rise"], clip_format).eval()
    recognizer.save(tmp_path / "model")
    export(tmp_path / "model", tmp_path / "exported", format=format, data=class_folders / "fall")
    views = clips(4).reshape(2, 4, 4, 3, 32, 32)
    loaded = load(tmp_path / "exported", allow_pickle=True)
    assert loaded.clip_format == clip_format
    torch.testing.assert_close(loaded(views), recognizer(views), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("format", ["onnx", "openvino"])
def test_engines_agree_with_the_original_whatever_the_batch(
    format: str, model: Path, class_folders: Path, tmp_path: Path
) -> None:
    agreement = export(model, tmp_path / "exported", format=format, data=class_folders)
    assert agreement.compared == agreement.same_top1 == 12
    recognizer = load(tmp_path / "exported")
    for batch in (1, 3):
        torch.testing.assert_close(
            recognizer(clips(batch)), load(model)(clips(batch)), rtol=1e-4, atol=1e-3
        )


@pytest.mark.parametrize(
    ("format", "builder"), [("onnx", mie_net), ("openvino", mie_net), ("openvino", tsn)]
)
def test_int8_agrees_with_the_original(
    format: str, builder: Callable[..., SegmentNetwork], class_folders: Path, tmp_path: Path
) -> None:
    make_recognizer(builder).save(tmp_path / "model")
    agreement = export(
        tmp_path / "model",
        tmp_path / "exported",
        format=format,
        precision="int8",
        data=class_folders,
        calibration=class_folders,
        tolerance=0.2,  # random weights leave the classes undecided
    )
    assert agreement.same_top1 >= 11


def test_an_exported_model_predicts_and_evaluates_as_the_run(
    model: Path, exported: Path, class_folders: Path, tmp_path: Path
) -> None:
    video = class_folders / "rise/3.mp4"
    ours, theirs = load(exported, allow_pickle=True).predict(video), load(model).predict(video)
    assert ours.classes == theirs.classes
    assert ours.probabilities == pytest.approx(theirs.probabilities, abs=1e-5)
    results = [
        evaluate(
            folder, class_folders, num_workers=0, out=tmp_path / "evaluation", allow_pickle=True
        )[0]
        for folder in (exported, model)
    ]
    assert results[0].metrics == results[1].metrics


@pytest.mark.usefixtures("one_block")
@pytest.mark.parametrize("format", ["onnx", "openvino", "torch"])
def test_an_exported_model_tells_how_familiar_clips_are(
    format: str, class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_recognizer().save(tmp_path / "model")
    run_folder, out = with_known(tmp_path / "model", 1), tmp_path / "exported"
    assert run("export", run_folder, "--out", out, "--format", format, "--data", class_folders) == 0
    assert "(accepted: 0.01): --error-rate holds for it" in capsys.readouterr().out
    (ours,), (theirs,) = (
        predict(path, [class_folders / "fall/0.mp4"], error_rate=0.2, allow_pickle=True).predictions
        for path in (out, run_folder)
    )
    assert ours.is_answered
    assert 0 < ours.familiarity == pytest.approx(theirs.familiarity, abs=1e-3)


def test_familiarity_that_differs_is_not_kept() -> None:
    agreement = Agreement("clip", 50, 50, 50, 0.01, 0.05, familiarity_difference=0.03)
    assert not agreement.keeps_familiarity
    assert not Agreement("clip", 50, 50, 50, 0.01, 0.02).keeps_familiarity


def test_an_exported_model_is_used_like_any_other(
    model: Path, class_folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "exported"
    options = ["--out", out, "--format", "torch", "--data", class_folders]
    assert run("export", model, *options) == 0
    assert "compared with the original on 12 clips: the same top-1 on 12 of 12 clips" in (
        printed := capsys.readouterr().out
    )
    assert "accepted: 0.001" in printed
    assert "give --allow-pickle each time" in printed
    assert run("predict", out, class_folders / "rise") == 1
    assert "can run code when it is opened" in capsys.readouterr().err
    assert run("predict", out, class_folders / "rise", "--allow-pickle") == 0
    assert capsys.readouterr().out.count("%") == 12
    assert run("evaluate", out, "--data", class_folders, "--num_workers", 0, "--allow-pickle") == 0
    assert "of 12 videos" in capsys.readouterr().out


def test_the_description_holds_what_another_program_needs(exported: Path) -> None:
    content = json.loads((exported / "model.json").read_text())
    assert content["classes"] == ["fall", "rise"]
    assert content["input"]["shape"] == ["batch", 2, 4, 3, 32, 32]
    assert content["input"]["normalization"]["mean"] == [0.485, 0.456, 0.406]
    assert content["clip_format"]["short_side"] == 36
    assert content["clip_format"]["frame_stride"] == 1
    assert "their frames frame_stride apart" in content["input"]["sampling"]
    assert content["agreement"]["tolerance"] == 1e-3


def test_disagreement_is_refused_and_nothing_is_written(
    model: Path, class_folders: Path, tmp_path: Path
) -> None:
    with pytest.raises(MienetError, match=r"a probability differs by .* accepted: 0;.* 12 of 12"):
        export(
            model,
            tmp_path / "exported",
            format="torch",
            precision="bfloat16",
            data=class_folders,
            tolerance=0.0,
        )
    assert not list(tmp_path.glob("exported*"))


def test_not_a_number_is_a_disagreement(
    recognizer: NetworkRecognizer, write_video: WriteVideo
) -> None:
    kind = ClipExport(recognizer)
    one = kind.examples(FoundVideos([VideoRecord(str(write_video()), None)]), 1)
    with pytest.raises(MienetError, match="differs by nan"):
        compare(kind, lambda clips: (torch.full((1, 2), float("nan")),), one, 1.0)


@pytest.mark.parametrize("format", ["onnx", "openvino"])
def test_a_missing_engine_names_its_extra_at_export(
    format: str, model: Path, class_folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, {"onnx": "onnxruntime"}.get(format, format), None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'mienet\[{format}\]'"):
        export(model, tmp_path / "exported", format=format, data=class_folders)


def test_the_partial_folder_of_somebody_else_is_left_alone(
    model: Path, tmp_path: Path, write_frames: Callable[[str, int], Path]
) -> None:
    (tmp_path / "out.partial").mkdir()
    (tmp_path / "out.partial/mine.txt").write_text("mine")
    export(model, tmp_path / "out", format="torch", data=write_frames("frames", 9))
    assert (tmp_path / "out.partial/mine.txt").read_text() == "mine"
    left = {"out", "out.partial", "frames", "model"}
    assert {entry.name for entry in tmp_path.iterdir()} == left


def test_a_full_disk_names_the_file_and_leaves_nothing(
    model: Path, tmp_path: Path, write_frames: Callable[[str, int], Path]
) -> None:
    resource = pytest.importorskip("resource")
    frames, limits = write_frames("frames", 9), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"out/model\.pt2"):
            export(model, tmp_path / "out", format="torch", data=frames)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert {entry.name for entry in tmp_path.iterdir()} == {"frames", "model"}


@pytest.mark.parametrize("kind", ["dataset", "list", "photo beside videos"])
def test_videos_to_compare_on_may_be_of_any_kind(kind: str, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "IMG_1.JPG"):
        (tmp_path / name).write_bytes(b"x")
    path = tmp_path
    if kind != "photo beside videos":
        path = tmp_path / "d" / ("val.csv" if kind == "list" else "")
        (tmp_path / "d").mkdir()
        (tmp_path / "d/val.csv").write_text("path,label\na.mp4,up\nb.mp4,down\n")
        (tmp_path / "d/train.csv").write_text("path,label\na.mp4,up\n")
        content = {"videos": str(tmp_path), "classes": ["up", "down"], "frame_pattern": None}
        text = json.dumps(content | {"excluded": [], "made": {}})
        (tmp_path / "d/dataset.json").write_text(text)
    found = _videos(path, tmp_path / "run", "val.csv", "data")
    assert [Path(record.path).name for record in found.records] == ["a.mp4", "b.mp4"]


def test_a_file_is_no_folder_to_write_to(model: Path, class_folders: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MienetError, match="is a file; give --out a folder"):
        export(model, tmp_path / "file", format="torch", data=class_folders)


def test_a_precision_that_the_format_lacks_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match=r"torch does not know precision int8.*openvino float32"):
        export(model, tmp_path / "exported", format="torch", precision="int8")


def test_calibration_without_int8_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match="calibration is for int8 alone"):
        export(model, tmp_path / "exported", calibration=tmp_path)


def test_real_clips_are_asked_for(model: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"val\.csv: no such list.*give --data"):
        export(model, tmp_path / "exported", format="torch")


def test_a_run_is_not_written_over(model: Path, class_folders: Path) -> None:
    with pytest.raises(MienetError, match="holds a run; give --out a folder of its own"):
        export(model, model, format="torch", data=class_folders)


def test_other_files_are_not_written_over(model: Path, class_folders: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match="contains other files"):
        export(model, tmp_path, format="torch", data=class_folders)


def test_a_broken_video_leaves_nothing_behind(
    model: Path, tmp_path: Path, write_video: WriteVideo
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"")
    with pytest.raises(MienetError, match="the file is empty"):
        export(model, tmp_path / "exported", format="torch", data=tmp_path / "bad.mp4")
    assert not list(tmp_path.glob("exported*"))


def test_a_second_export_replaces_the_first(
    model: Path, exported: Path, class_folders: Path
) -> None:
    (exported / "stale.txt").write_text("of the first")
    export(model, exported, format="torch", precision="bfloat16", data=class_folders)
    assert sorted(file.name for file in exported.iterdir()) == ["model.json", "model.pt2"]
    assert json.loads((exported / "model.json").read_text())["precision"] == "bfloat16"


def test_load_network_can_be_saved_and_load_cannot(model: Path, tmp_path: Path) -> None:
    load_network(model).save(tmp_path / "copy")
    with pytest.raises(MienetError, match="folded batch-norm cannot be saved"):
        load(model).save(tmp_path / "other")  # type: ignore[attr-defined]


def test_builders_are_not_changed_by_exporting(model: Path, exported: Path) -> None:
    assert load_network(model).network.state_dict().keys() == (
        mie_net(2, "resnet18", num_segments=2).state_dict().keys()
    )
