"""The processes of trials: what each is told of the machine."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mienet.processors import SHARE
from mienet.sweeps import running
from mienet.sweeps.running import run_trials
from mienet.sweeps.trials import TrialResult


@pytest.mark.parametrize(("jobs", "share"), [(3, "5"), (1, None), (40, "1")])
def test_trainings_at_a_time_share_the_processors(
    jobs: int, share: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, str]] = []

    def start(_: object, environment: dict[str, str]) -> SimpleNamespace:
        told.append(environment)
        return SimpleNamespace(poll=lambda: 0, returncode=0, stdin=None)

    monkeypatch.setattr(running, "num_processors", lambda: 16)
    monkeypatch.setattr(running, "_start", start)
    trial = SimpleNamespace(folder=tmp_path, result=lambda: TrialResult("done"))
    run_trials([trial], jobs=jobs, threads=None, ended=lambda *_: None)
    assert told[0].get(SHARE) == share
