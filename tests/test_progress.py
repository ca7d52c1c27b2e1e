import io

import pytest

from mienet.progress import progress_bar, shows_bars


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bars_are_for_terminals() -> None:
    assert [shows_bars(stream) for stream in (Terminal(), io.StringIO(), None)] == [
        True,
        False,
        False,
    ]


def test_nothing_is_written_to_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(range(3), description="Reading", unit="video") as bar:
        bar.delay = 0
        assert list(bar) == [0, 1, 2]
    assert capsys.readouterr().err == ""
