"""Models of recordings side by side."""

import re
from pathlib import Path

import pytest
import torch

from mienet.cli import main
from mienet.data.recording_format import RecordingFormat
from mienet.errors import MienetError
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_recognizer import NetworkTimelineRecognizer, TimelineRecognizer
from mienet.workflows.compare import ModelComparison, compare
from tests.conftest import WriteVideo
from tests.workflows.recordings import Answer, answer_with

pytestmark = pytest.mark.usefixtures("no_charts")

HEADER = "path,label,start_seconds,end_seconds,subject\n"


def save_model(folder: Path, num_segments: int, phases: list[str]) -> Path:
    torch.manual_seed(num_segments)
    network = TimelineNetwork(
        len(phases), 1, motion="none", temporal="none", num_segments=num_segments, head_width=8
    )
    reading = RecordingFormat(num_segments, 1, 1, 25.0, 32, 32)
    NetworkTimelineRecognizer(network, phases, ["land"], reading).save(folder)
    return folder


@pytest.fixture
def exact(tmp_path: Path) -> Path:
    return save_model(tmp_path / "exact", 4, ["up"])


@pytest.fixture
def late(tmp_path: Path) -> Path:
    return save_model(tmp_path / "late", 5, ["up"])


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lets models say when up ends and that land is there: at frame 10, or the late one at 12.

    In recording a, both say frame 10. Those that are computed are added to the list.
    """

    def answer(model: TimelineRecognizer, path: Path) -> Answer:
        is_late = model.recording_format.num_segments == 5 and path.stem != "a"
        end = 12 if is_late else 10
        return end, {end: 0.8}

    return answer_with(monkeypatch, answer)


@pytest.fixture
def labeled(write_video: WriteVideo, tmp_path: Path) -> Path:
    """Eight recordings of 20 frames by four subjects, up for frames 0 to 9, land at frame 10."""
    rows = []
    for name, subject in zip("abcdefgh", "stuvstuv", strict=True):
        write_video(f"{name}.mp4")
        rows += [f"{name}.mp4,up,0,0.4,{subject}", f"{name}.mp4,land,0.4,,{subject}"]
    (tmp_path / "test.csv").write_text(HEADER + "\n".join(rows) + "\n")
    return tmp_path / "test.csv"


@pytest.fixture
def by_eight(labeled: Path) -> Path:
    """The same of a subject each, which takes longer: enough for a difference to be shown."""
    labeled.write_text(re.sub(r"^(.)(.mp4.*),.$", r"\1\2,\1", labeled.read_text(), flags=re.M))
    return labeled


def without_speed(*paths: Path, data: Path, ensemble: bool = False) -> ModelComparison:
    return compare(list(paths), data, speed=False, ensemble=ensemble)


def test_what_is_late_in_seven_of_eight_is_found(
    exact: Path, late: Path, by_eight: Path, computed: list[str]
) -> None:
    found = without_speed(exact, late, data=by_eight)
    assert [measure.name for measure in found.measures] == [
        *("frame_accuracy", "f1_50", "event_map_4", "boundary_mean_frames")
    ]
    values = [[one.figures[m.name].value for m in found.measures] for one in found.models]
    assert values[0] == [1, 1, 1, 0]
    assert values[1] == pytest.approx([1 - 14 / 160, 1, 1, 14 / 8])
    (pair,) = found.pairs
    assert pair.differences["boundary_mean_frames"].value == pytest.approx(14 / 8)
    assert pair.verdict("boundary_mean_frames") == "outside the noise"
    assert pair.verdict("f1_50") == "the same"
    assert pair.mcnemar is None
    assert (found.num_groups, found.groups_are) == (8, "subject")


def test_the_smaller_error_leads(
    exact: Path, late: Path, by_eight: Path, computed: list[str],
    capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    arguments = [str(late), str(exact), "--data", str(by_eight), "--out", str(tmp_path / "out")]
    assert main(["compare", *arguments, "--no-speed"]) == 0
    said = capsys.readouterr().out
    assert "mean boundary error: exact is best with 0.00 frames\n  ahead of late by 1.75" in said
    assert "F1@50: all have 100.0%" in said
    assert re.search(r"^boundaries missed +0 of 8 +0 of 8$", said, re.MULTILINE)
    assert "with so few subjects differences look clearer than they are" in said
    table = (tmp_path / "out/per_class.csv").read_text()
    assert "event,land,8,mean_frames,1.75,0.0,-1.75,-2.0,-1.25,," in table
    assert "phase,up,8,f1,1.0,1.0,0.0,0.0,0.0,1.0,the same" in table
    assert "event,land,8,ap_4,1.0,1.0,0.0,,,," in table


def test_nothing_is_computed_twice(
    exact: Path, late: Path, labeled: Path, computed: list[str]
) -> None:
    without_speed(exact, late, data=labeled)
    assert without_speed(exact, late, data=labeled).kept == ("exact", "late")
    assert len(computed) == 16


def test_a_recording_that_cannot_be_used_is_told(
    exact: Path, late: Path, labeled: Path, computed: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    (labeled.parent / "b.mp4").write_bytes(b"broken")
    arguments = [str(exact), str(late), "--data", str(labeled), "--no-speed"]
    assert main(["compare", *arguments]) == 1
    said = capsys.readouterr()
    assert "left out: " in said.err
    assert "b.mp4: cannot be read as a video" in said.err
    assert "7 recordings" in said.out


def test_what_one_model_alone_cannot_use_counts_for_none(
    exact: Path, late: Path, labeled: Path, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = TimelineRecognizer.timeline

    def timeline(self: TimelineRecognizer, path: str, *arguments: object, **options: object):
        if self.recording_format.num_segments == 4 and Path(path).stem == "a":
            raise MienetError("the outputs are not finite")
        return whole(self, path, *arguments, **options)

    monkeypatch.setattr(TimelineRecognizer, "timeline", timeline)
    found = without_speed(exact, late, data=labeled)
    assert (found.num_videos, len(found.problems)) == (7, 1)
    assert found.models[1].figures["boundary_mean_frames"].value == 2


def test_an_ensemble_of_recordings_is_compared(exact: Path, late: Path, labeled: Path) -> None:
    out = exact / "out"
    found = compare([exact, late], labeled, speed=False, ensemble=True, out=out)
    assert [model.name for model in found.models] == ["exact", "late", "ensemble"]
    page = (out / "ensemble.html").read_text()
    assert "the mean of what 2 models of whole recordings say" in page
    assert (exact / "evaluation_average/test/recordings.jsonl").is_file()


def test_models_of_other_phases_are_compared_by_those_that_both_know(
    exact: Path, labeled: Path, computed: list[str], tmp_path: Path
) -> None:
    other = save_model(tmp_path / "other", 5, ["down", "up"])
    found = without_speed(exact, other, data=labeled)
    rows = [[row["label"] for row in model.label_rows] for model in found.models]
    assert rows == [["up", "land"], ["up", "land"]]
    assert found.models[1].warnings[-1].startswith("'down': not known to all of the models")


def test_other_phases_are_refused_in_an_ensemble(
    exact: Path, labeled: Path, tmp_path: Path
) -> None:
    other = save_model(tmp_path / "other", 5, ["up", "down"])
    with pytest.raises(MienetError, match=r"do not find the same: their phases differ.*'down'"):
        without_speed(exact, other, data=labeled, ensemble=True)
