import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.request import urlopen

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


def test_a_worker_says_nothing_when_ctrl_c_ends_it() -> None:
    code = "import os, mienet.ending; mienet.ending.end_quietly(); os.kill(os.getpid(), 2)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (130, b"")


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
    page = process.stdout.readline().split()[-1]
    while process.poll() is None:
        with contextlib.suppress(OSError):
            urlopen(page).close()
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    printed, complained = process.communicate()
    stop.cancel()
    assert (process.returncode, complained) == (0, "")
    assert printed.endswith("Stopped.\n")
