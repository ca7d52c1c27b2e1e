"""Where a run is written."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from mienet.config import RunConfig, option_names
from mienet.training.run_folder import FREE, RECORDED, choose_folder


def test_runs_of_one_second_are_numbered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(time, "strftime", lambda _: "20261127-150000")
    config = RunConfig()
    config = replace(config, train=replace(config.train, out=str(tmp_path)))
    for number in range(3):
        run = choose_folder(config, "pan_lite")
        run.mkdir()
        assert run.name == "pan_lite-20261127-150000" + ("", "_2", "_3")[number]


def test_what_may_change_in_a_run_that_is_resumed_are_options() -> None:
    free = {(group, name) for group, names in FREE.items() for name in names}
    assert {f"--{group}.{name}" for group, name in free} <= set(option_names())
    assert set(RECORDED) <= free
