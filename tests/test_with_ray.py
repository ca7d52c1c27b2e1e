"""Ray itself, on this machine: one cluster for all tests of the file."""

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mienet.curation.pool import Limit, run_jobs
from mienet.ray_workers import LOST, OBJECT_STORE_BYTES, Cluster
from mienet.workflows.archive import predict_archive

ray = pytest.importorskip("ray", reason="the extra ray is not installed")


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """Starts Ray once; an archive uses what its program has started."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        ray.init(
            address="local",
            num_cpus=2,
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.CRITICAL,
        )
    except Exception as error:
        pytest.skip(f"Ray does not start here, as on a very busy machine: {error}")
    yield
    ray.shutdown()


def test_a_killed_worker_loses_and_doubles_nothing(
    full_model: Path, class_folders: Path, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"partition_size": 2, "threads": 1}
    whole = predict_archive(full_model, class_folders, tmp_path / "whole", **options)
    wanted = {path.name: path.read_bytes() for path in whole.results()}
    archive = predict_archive(
        full_model, class_folders, tmp_path / "out", engine="ray", workers=2, **options
    )
    written = []
    for path in archive.results():
        written.append(path.name)
        if len(written) == 1:
            kill_a_worker()
    assert len(written) == len(set(written)) == 6
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").glob("part*")} == wanted


def test_what_ends_or_holds_its_process_is_given_up_alone() -> None:
    crash, hang = "__import__('os')._exit(3)", "__import__('time').sleep(60)"
    found = run_jobs(
        eval,
        ["1 + 1", crash, hang, "2 + 2"],
        jobs=Cluster(workers=2),
        description="test",
        lost=lambda item, reason: reason,
        limit=Limit(seconds=1),
    )
    assert dict(found) == {"1 + 1": 2, crash: LOST, hang: LOST, "2 + 2": 4}


def kill_a_worker() -> None:
    """Ends one of Ray's processes that have a model, as the system does when memory runs out."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and b"ray::_Worker" in (entry / "cmdline").read_bytes():
            os.kill(int(entry.name), signal.SIGKILL)
            return
    raise AssertionError("no worker of Ray is running")
