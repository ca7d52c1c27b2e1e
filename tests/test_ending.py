import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mienet.ending import orderly_sigterm


def test_sigterm_closes_what_is_open() -> None:
    closed = []
    with pytest.raises(SystemExit) as stopped, orderly_sigterm():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            closed.append(True)
    assert (stopped.value.code, closed) == (143, [True])
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_handler_of_the_program_s_own_is_left_alone() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with orderly_sigterm():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGTERM")
def test_a_server_ends_by_sigterm_as_by_ctrl_c(tmp_path: Path) -> None:
    code = "import sys; from mienet.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "serve", "--videos", str(tmp_path), "--port", "0"]
    process = subprocess.Popen(
        [*command, "--no-browser"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    stop = threading.Timer(60, process.kill)
    stop.start()
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith("Ctrl-C"):
            process.send_signal(signal.SIGTERM)
    assert (process.wait(), process.stderr and process.stderr.read()) == (0, "")
    assert printed[-1] == "Stopped.\n"
    stop.cancel()
