import re

import pytest

from mienet.config import RunConfig
from mienet.training.callbacks import TrainingProgress
from mienet.workflows.train import train

LINE = r"epoch 1/2: train/loss \d\.\d{3}, .*val/top1 \d\.\d{3}, .*left \d:\d\d$"


def test_a_pipe_gets_a_line_an_epoch(config: RunConfig, capfd: pytest.CaptureFixture[str]) -> None:
    train(config)
    printed = capfd.readouterr()
    lines = [line for line in printed.out.splitlines() if line.startswith("epoch")]
    assert re.match(LINE, lines[0])
    assert (len(lines), (printed.out + printed.err).count("\r")) == (2, 0)


def test_progress_is_told_after_every_step(config: RunConfig) -> None:
    told: list[TrainingProgress] = []
    train(config, progress=told.append)
    # 6 clips in batches of 4 are 2 steps an epoch.
    assert [(one.share, one.epoch, one.epochs) for one in told] == [
        (0.25, 1, 2),
        (0.5, 1, 2),
        (0.75, 2, 2),
        (1.0, 2, 2),
    ]
    assert told[-1].seconds_left == 0
    assert all(one.loss > 0 for one in told)
