import re

import pytest

from mienet.config import RunConfig
from mienet.workflows.train import train

LINE = r"epoch 1/2: train/loss \d\.\d{3}, .*val/top1 \d\.\d{3}, .*left \d:\d\d$"


def test_a_pipe_gets_a_line_an_epoch(config: RunConfig, capfd: pytest.CaptureFixture[str]) -> None:
    train(config)
    printed = capfd.readouterr()
    lines = [line for line in printed.out.splitlines() if line.startswith("epoch")]
    assert re.match(LINE, lines[0])
    assert (len(lines), (printed.out + printed.err).count("\r")) == (2, 0)
