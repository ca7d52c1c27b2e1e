import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mienet.curation import pool
from mienet.curation.pool import KeptProcess, Limit, LostError, PoolError, run_jobs
from mienet.files import Journal


def test_every_item_comes_back_with_its_result() -> None:
    found = dict(run_jobs(len, ["a", "bb", "ccc"], jobs=2, description="test"))
    assert found == {"a": 1, "bb": 2, "ccc": 3}


def test_an_item_that_kills_its_process_is_the_only_one_lost() -> None:
    crash = "__import__('os')._exit(3)"
    items = ["1 + 1", crash, "2 + 2", "3 + 3", "4 + 4"]
    found = dict(run_jobs(eval, items, jobs=2, description="test"))
    assert found == {"1 + 1": 2, crash: None, "2 + 2": 4, "3 + 3": 6, "4 + 4": 8}


def test_nothing_to_do_starts_nothing() -> None:
    assert list(run_jobs(len, [], description="test")) == []


def test_a_journal_forgets_a_line_that_was_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "done.jsonl")
    journal.append({"video": "a"})
    journal.append({"video": "b"})
    journal.path.write_text(journal.path.read_text()[:-4])
    assert journal.read() == [{"video": "a"}]
    journal.append({"video": "c"})
    assert journal.read() == [{"video": "a"}, {"video": "c"}]


def lost(item: str, reason: str) -> str:
    return reason


def test_an_item_over_its_time_is_given_up_and_the_others_go_on() -> None:
    sleep = "__import__('time').sleep(60)"
    items = ["1 + 1", sleep, "2 + 2", "3 + 3"]
    limit = Limit(seconds=1)
    found = dict(run_jobs(eval, items, jobs=2, description="test", lost=lost, limit=limit))
    reason = "it took longer than the limit of 1 seconds"
    assert found == {"1 + 1": 2, sleep: reason, "2 + 2": 4, "3 + 3": 6}


def test_memory_of_the_program_itself_is_not_the_item_s() -> None:
    ballast = bytearray(400 << 20)
    process = KeptProcess(Limit(memory_bytes=400 << 20))
    try:
        assert process.run(time.sleep, 0.3) is None  # long enough to be looked at
    finally:
        process.close()
    assert len(ballast) == 400 << 20


def test_an_item_over_its_memory_is_given_up_and_the_others_go_on() -> None:
    hog = "(bytearray(b'x') * (600 << 20), __import__('time').sleep(1))"
    limit = Limit(memory_bytes=500 << 20)
    found = dict(run_jobs(eval, ["1 + 1", hog], jobs=1, description="test", lost=lost, limit=limit))
    assert found == {"1 + 1": 2, hog: "it needs more memory than the limit of 500 MiB"}


def test_large_files_have_more_time(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(bytes(2_000_000))
    limit = Limit(seconds=60, seconds_per_megabyte=10)
    assert limit.seconds_for(str(tmp_path / "a.mp4")) == 80
    assert limit.seconds_for(str(tmp_path / "none.mp4")) == 60


def test_processes_that_end_before_they_begin_are_not_tried_again(monkeypatch) -> None:
    monkeypatch.setattr(pool, "_start", len)  # which takes one argument, not two
    with pytest.raises(PoolError, match="no process that reads videos could be started"):
        list(run_jobs(len, ["a", "bb"], jobs=1, description="test"))


@pytest.fixture(scope="module")
def kept() -> Iterator[KeptProcess]:
    process = KeptProcess(Limit(seconds=2))
    yield process
    process.close()


def test_a_kept_process_stays(kept: KeptProcess) -> None:
    own = "__import__('os').getpid()"
    assert kept.run(eval, own) == kept.run(eval, own) != os.getpid()


@pytest.mark.parametrize(("item", "says"), [
    ("__import__('os')._exit(3)", "the decoder crashed on it"),
    ("__import__('time').sleep(60)", "it took longer than the limit of 2 seconds"),
])  # fmt: skip
def test_a_kept_process_starts_again_after_what_took_it_down(
    kept: KeptProcess, item: str, says: str
) -> None:
    with pytest.raises(LostError, match=says):
        kept.run(eval, item)
    assert kept.run(eval, "1 + 1") == 2


def test_a_closed_process_leaves_no_thread() -> None:
    before = threading.enumerate()
    process = KeptProcess()
    process.run(eval, "1 + 1")
    process.close()
    assert threading.enumerate() == before


def test_a_kept_process_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_start", len)
    with pytest.raises(PoolError, match="no process that reads videos could be started"):
        KeptProcess().run(len, "a")
