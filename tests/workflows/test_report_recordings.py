"""The page about a model of recordings: what it says, what it reuses, and what it refuses."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch

from mienet.cli import main
from mienet.data.recording_format import RecordingFormat
from mienet.errors import MienetError
from mienet.models.timeline_network import TimelineNetwork
from mienet.timeline_recognizer import NetworkTimelineRecognizer, TimelineRecognizer
from mienet.workflows.evaluate_recordings import evaluate_recordings
from mienet.workflows.report import Report, report
from tests.conftest import make_timeline_recognizer, video_writer

pytestmark = pytest.mark.usefixtures("no_charts")

HEADER = "path,label,start_seconds,end_seconds,subject\n"
VOID = {"meta", "br", "img", "input", "link", "hr", "source"}


class Tags(HTMLParser):
    """Checks that all tags are closed in order, and keeps what is referred to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [str(v) for k, v in attrs if k in ("src", "href", "srcset")]
        self.anchors |= {str(v) for k, v in attrs if k == "id"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """An untrained model of dark, light and dawn."""
    make_timeline_recognizer().save(tmp_path / "run")
    return tmp_path / "run"


def label(folder: Path) -> Path:
    """Writes two recordings of 20 frames by two subjects, one named as no name should be."""
    rows = []
    for name, subject in (("a.mp4", "ann"), ("<b>&.mp4", "bo")):
        video_writer(folder)(name)
        rows += [f"{name},dark,0,0.4,{subject}", f"{name},dawn,0.4,,{subject}"]
    (folder / "test.csv").write_text(HEADER + "\n".join(rows) + "\n")
    return folder / "test.csv"


@pytest.fixture
def labeled(tmp_path: Path) -> Path:
    return label(tmp_path)


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of an untrained model, for all tests that only look at it."""
    folder = tmp_path_factory.mktemp("reported")
    make_timeline_recognizer().save(folder / "run")
    return report(folder / "run", label(folder))


@pytest.fixture
def page(reported: Report) -> str:
    return reported.path.read_text()


def page_of(run: Path) -> str:
    return (run / "evaluation/test/report.html").read_text()


def test_page_needs_nothing_but_videos_beside_it(page: str) -> None:
    tags = Tags(page)
    assert tags.open == []
    outside = {name for name in tags.references if not name.startswith("#")}
    assert outside == {"../../../a.mp4", "../../../%3Cb%3E%26.mp4"}
    assert {name[1:] for name in tags.references if name.startswith("#")} <= tags.anchors


def test_names_are_escaped(page: str) -> None:
    assert "<b>&.mp4" not in page
    assert "&lt;b&gt;&amp;.mp4" in page


def test_page_says_the_figures_of_the_evaluation(reported: Report, page: str) -> None:
    accuracy = json.loads((reported.folder / "metrics.json").read_text())["frame_accuracy"]
    assert f"<b>{accuracy:.1%}</b>" in page
    assert f"{100 * accuracy:.0f} of 100 frames" in reported.headline[0]


def test_baselines_stand_beside_the_figures(page: str) -> None:
    assert re.search(r'data-name="always (dark|\(background\))">50\.0%', page)


def test_results_of_an_evaluation_are_not_computed_again(
    run: Path, labeled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate_recordings(run, labeled, tolerance_frames=1, threshold=0.1)
    monkeypatch.setattr(TimelineRecognizer, "timeline", None)
    written = report(run, labeled)
    assert (written.num_kept, written.num_computed) == (2, 0)
    assert "--threshold 0.1" in page_of(run)
    assert "within 1 frame" in page_of(run)


def test_command_says_what_is_kept(
    run: Path, labeled: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "new/page.html"
    for _ in range(2):
        assert main(["report", str(run), "--data", str(labeled), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "2 of 2 results are of an earlier evaluation" in said.err
    assert f"Written: {out}" in said.out
    assert 'src="../a.mp4"' in out.read_text()


def test_broken_recordings_are_on_the_page(run: Path, labeled: Path) -> None:
    (labeled.parent / "a.mp4").write_bytes(b"broken")
    assert main(["report", str(run), "--data", str(labeled)]) == 1
    assert re.search(r"Left out: .*a\.mp4: cannot be read as a video", page_of(run))


@pytest.mark.parametrize(("phases", "events"), [(["dark"], []), ([], ["dawn"])])
def test_models_of_phases_or_of_events_alone(
    phases: list[str], events: list[str], labeled: Path, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    counts = (len(phases), len(events))
    network = TimelineNetwork(*counts, motion="none", num_segments=3, head_width=8)
    reading = RecordingFormat(3, 1, 2, 25.0, 32, 32)
    NetworkTimelineRecognizer(network, phases, events, reading).save(tmp_path / "run")
    rows = labeled.read_text().split("\n")
    own = [row for row in rows if any(f",{name}," in row for name in phases + events)]
    labeled.write_text(HEADER + "\n".join(own) + "\n")
    report(tmp_path / "run", labeled)
    page = page_of(tmp_path / "run")
    assert Tags(page).open == []
    assert ('id="boundaries"' in page, 'id="events"' in page) == (bool(phases), bool(events))


def test_one_subject_says_nothing_of_others(run: Path, labeled: Path) -> None:
    labeled.write_text(labeled.read_text().replace(",bo", ",ann"))
    report(run, labeled)
    assert "how it does on others cannot be said from this" in page_of(run)


def test_page_has_another_ending(run: Path, labeled: Path, tmp_path: Path) -> None:
    with pytest.raises(MienetError, match=r"test\.csv: the report is a page; give a name that"):
        report(run, labeled, out=labeled)
    assert labeled.read_text().startswith(HEADER)


def test_page_in_the_place_of_a_folder(run: Path, labeled: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").mkdir()
    with pytest.raises(MienetError, match=r"page\.html is a folder"):
        report(run, labeled, out=tmp_path / "page.html")


def test_run_without_a_list(run: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no validation list of its own; give --data"):
        report(run)
