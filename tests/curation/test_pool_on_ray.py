"""Jobs whose processes are Ray's, on a stand-in; tests/test_with_ray.py has Ray itself."""

from pathlib import Path

import pytest

from mienet.cli import main
from mienet.curation import pool
from mienet.curation.pool import run_jobs
from mienet.ray_workers import LOST, Cluster
from tests.conftest import WriteVideo
from tests.ray_stand_in import EndedError, StandIn
from tests.ray_stand_in import ray as ray

pytestmark = pytest.mark.usefixtures("worker_processes")


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away what would end these processes, which is the tests' own."""
    monkeypatch.setattr(pool, "_end_over", lambda *_: None)


def ends(item: str) -> str:
    if item == "bad":
        raise EndedError
    return item.upper()


def test_an_item_that_ends_its_processes_is_the_only_one_lost(ray: StandIn) -> None:
    items = ["a", "bad", "b"]
    found = run_jobs(
        ends, items, jobs=Cluster(), description="test", lost=lambda item, reason: reason
    )
    assert dict(found) == {"a": "A", "bad": LOST, "b": "B"}


def test_nothing_to_do_starts_nothing(ray: StandIn) -> None:
    assert list(run_jobs(ends, [], jobs=Cluster(), description="test")) == []
    assert ray.started == ray.shut_down == 0


def test_frames_are_the_same_as_without(ray: StandIn, write_video: WriteVideo) -> None:
    folder = write_video("v/a.mp4", num_frames=5).parent
    for out, options in (("ray", ["--engine", "ray"]), ("here", [])):
        assert main(["extract", str(folder), "--out", str(folder.parent / out), *options]) == 0
    assert ray.started == 1
    images = {
        out: [path.read_bytes() for path in sorted((folder.parent / out / "a").iterdir())]
        for out in ("ray", "here")
    }
    assert len(images["ray"]) == 5 and images["ray"] == images["here"]


def test_a_dataset_is_checked_by_rays_processes(
    ray: StandIn, write_video: WriteVideo, tmp_path: Path
) -> None:
    for number in range(6):
        write_video(f"v/{'ab'[number % 2]}/{number}.mp4", num_frames=4 + number)
    source, out = str(tmp_path / "v"), str(tmp_path / "out")
    assert main(["prepare", source, "--out", out, "--engine", "ray"]) == 0
    assert ray.started == 2 and ray.shut_down == 1
    main(["check", out, "--engine", "ray"])
    assert ray.shut_down == 1  # all is known


def test_an_address_is_of_ray_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "x", "--ray-address", "auto"]) == 1
    assert "--ray-address: of --engine ray alone" in capsys.readouterr().err
