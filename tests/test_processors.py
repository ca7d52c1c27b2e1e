"""The processors that a program may use are those it gets, not those that the machine has."""

import os
from pathlib import Path

import pytest

from mienet import processors
from mienet.processors import num_processors


@pytest.fixture
def cgroups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns a folder in place of Linux's, on a machine that binds the process to 8 processors."""
    monkeypatch.setattr(processors, "CGROUPS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    return tmp_path


def test_without_limits_all_are_used(cgroups: Path) -> None:
    assert num_processors() == 8


@pytest.mark.parametrize(("limit", "processors"), [
    ("100000 100000", 1), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", 8),
    ("6400000 100000", 8), ("nonsense", 8),
])  # fmt: skip
def test_a_container_s_limit_counts(cgroups: Path, limit: str, processors: int) -> None:
    (cgroups / "cpu.max").write_text(f"{limit}\n")
    assert num_processors() == processors


@pytest.mark.parametrize(("quota", "processors"), [("200000", 2), ("-1", 8)])
def test_the_older_form_of_the_limit_counts(cgroups: Path, quota: str, processors: int) -> None:
    (cgroups / "cpu").mkdir()
    (cgroups / "cpu/cpu.cfs_quota_us").write_text(f"{quota}\n")
    (cgroups / "cpu/cpu.cfs_period_us").write_text("100000\n")
    assert num_processors() == processors


def test_a_share_of_them_counts(cgroups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(processors.SHARE, "3")
    assert num_processors() == 3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux")
def test_a_bound_process_uses_what_it_is_bound_to() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert num_processors() == 1
    finally:
        os.sched_setaffinity(0, before)
