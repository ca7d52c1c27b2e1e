import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mienet.cli import main
from mienet.commands.printing import (
    frames_text,
    number_text,
    percent,
    share_text,
    shown,
    shown_lines,
    shown_message,
)
from mienet.metrics.recording_figures import Figure


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain → ö 跳.mp4", "plain → ö 跳.mp4"),
        ("C:\\jumps\\a.mp4", "C:\\jumps\\a.mp4"),
        ("a\x1b[2Jb\x07", r"a\x1b[2Jb\x07"),
        ("two\nlines\r\tb", r"two\nlines\r\tb"),
        ("gpj.\u202e4pm\u2066\ufeff", r"gpj.\u202e4pm\u2066\ufeff"),
        ("a\u2028b\x85\x9b", r"a\u2028b\x85\x9b"),
        ("caf\udce9.mp4", r"caf\xe9.mp4"),
        ("\ud800\U000e0001", r"\ud800\U000e0001"),
        ("می\u200cخواهم 👩\u200d🏫", "می\u200cخواهم 👩\u200d🏫"),
    ],
)
def test_names_are_shown_harmlessly(name: str, expected: str) -> None:
    assert shown(name) == expected


def test_texts_keep_their_lines() -> None:
    assert shown_lines("a\n\tb\x1b") == "a\n\tb\\x1b"


def test_a_line_break_of_a_name_cannot_make_up_a_message() -> None:
    message = "bad rows (1):\n  a.csv:2: no\nmienet: done"
    assert shown_message(message) == "bad rows (1):\n  a.csv:2: no\\nmienet: done"


def test_names_in_errors_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "none\x1b[31m\nmienet: done", "video.mp4"]) == 1
    assert capsys.readouterr().err.startswith(r"mienet: error: none\x1b[31m\nmienet: done: no such")


def test_options_in_errors_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["predict", "--color=\x1b[31m", "a", "b"])
    assert "\x1b" not in capsys.readouterr().err


def run_shell(program: str, then: str, encoding: str = "utf-8") -> tuple[int, str]:
    """Runs Python and what follows in a shell; returns the exit code and standard error."""
    program = f"from mienet.cli import main\nfrom mienet.commands.printing import *\n{program}"
    script = f"set -o pipefail; '{sys.executable}' -c '{program}' {then}"
    done = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


ENDLESS = """
with readable_output():
    while True: say("line")
"""
ONE_LINE = """
with readable_output():
    print("line")
"""


def test_a_closed_pipe_ends_quietly() -> None:
    assert run_shell(ENDLESS, "| head -n 1") == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_output_is_one_message() -> None:
    message = "mienet: error: standard output: no space left on device\n"
    assert run_shell(ONE_LINE, "> /dev/full") == (1, message)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_a_terminal_cannot_show_is_escaped(encoding: str) -> None:
    code, error = run_shell('raise SystemExit(main(["check", "arm → thigh"]))', "", encoding)
    assert code == 1
    assert r"arm \u2192 thigh" in error


def test_where_nothing_was_measured_there_is_a_dash() -> None:
    assert (percent(0), percent(math.nan)) == ("0.0%", "-")


def test_figures_have_their_intervals_and_units() -> None:
    assert share_text(Figure(0.75, 0.5, 1.0)) == "75.0% (50.0 to 100.0)"
    assert share_text(Figure(0.75, math.nan, math.nan)) == "75.0%"
    assert (number_text(2.0), number_text(0.126), number_text(math.nan)) == ("2", "0.13", "-")
    assert (frames_text(1.0), frames_text(1.5)) == ("1 frame", "1.50 frames")
