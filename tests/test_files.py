import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.files import Journal, keep_folder, make_folder, whole_file, write_whole


def test_bytes_of_names_that_are_no_utf_8_are_escaped(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "\udce9")
    assert (tmp_path / "a").read_bytes() == rb"\udce9"


def test_text_and_bytes_are_written(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", "né")
    write_whole(tmp_path / "b", b"\xff")
    assert (tmp_path / "a").read_bytes() + (tmp_path / "b").read_bytes() == b"n\xc3\xa9\xff"


def test_a_file_that_fails_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(RuntimeError), whole_file(tmp_path / "a") as file:
        file.write(b"half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize("name", ["a.part", "a.partial", "a.tmp", ".a.tmp"])
def test_other_files_beside_it_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("somebody's")
    write_whole(tmp_path / "a", "new")
    assert (tmp_path / name).read_text() == "somebody's"


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder/next")
    (tmp_path / "folder/next").symlink_to("target")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder/next").is_symlink()
    assert (tmp_path / "folder/target").read_text() == "new"


def test_a_second_name_of_a_file_shows_the_same(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old, and longer")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    write_whole(tmp_path / "a", "new")
    assert (tmp_path / "b").read_text() == "new"


def test_a_pipe_is_written_through(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=write_whole, args=(tmp_path / "pipe", "through"))
    writer.start()
    assert (tmp_path / "pipe").read_text() == "through"
    writer.join()
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_device_stays_a_device() -> None:
    write_whole("/dev/null", "nothing")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_an_open_file_is_written_through(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w+") as file:
        write_whole(f"/dev/fd/{file.fileno()}", "new")
        assert file.read() == "new"


def test_permissions_are_those_of_a_shell(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "new", "")
    finally:
        os.umask(before)
    (tmp_path / "old").touch(mode=0o604)
    (tmp_path / "old").chmod(0o604)
    write_whole(tmp_path / "old", "")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "old")]
    assert modes == [0o640, 0o604]


def test_a_full_disk_names_the_file() -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole("/dev/full", "x" * 100_000)
    assert caught.value.filename == "/dev/full"


def test_a_file_that_does_not_fit_leaves_no_partial_one(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write_whole(tmp_path / "a", "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.filename == str(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_killed_processes_alone_are_deleted(tmp_path: Path) -> None:
    (tmp_path / ".mienet-left.tmp").write_text("half")
    (tmp_path / ".mienet-pulled.tmp").mkdir()
    with (tmp_path / "kept").open("w") as kept, whole_file(tmp_path / "a") as file:
        keep_folder(tmp_path, kept)
        file.write(b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".mienet-pulled.tmp", "a", "kept"]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MienetError, match="is a folder; give the name of a file"):
        write_whole(tmp_path, "")


def test_links_that_loop_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="Too many levels") as caught:
        write_whole(tmp_path / "a", "")
    assert caught.value.filename == str(tmp_path / "a")


def test_a_journal_is_read_up_to_where_it_was_cut(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append({"a": 1})
    with journal.path.open("a") as file:
        file.write('{"a": 2')
    assert journal.read() == [{"a": 1}]
    journal.append({"a": 3})
    assert [entry["a"] for entry in journal.entries()] == [1, 3]


def test_a_journal_is_peeked_at_while_another_process_writes_a_line(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_text('{"a": 1}\n{"b": ')
    assert Journal(path).peek() == [{"a": 1}]
    assert path.read_text().endswith('{"b": ')
    assert Journal(tmp_path / "none").peek() == []


def test_a_line_that_does_not_fit_is_not_there_at_all(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append({"a": 1})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, limits[1]))
    try:
        with pytest.raises(OSError, match="No space left") as caught:
            journal.append({"a": "x" * 100})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.filename == str(journal.path)
    assert journal.path.read_text() == '{"a": 1}\n'


def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Returns what the disk has been waited for from now on, and moves, in order."""
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(file: int) -> None:
        sync(file)
        done.append(f"wait for {Path(f'/proc/self/fd/{file}').readlink().name}")

    def note_move(path: Path, target: Path) -> Path:
        done.append(f"move to {target.name}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_move)
    return done


def test_a_durable_file_is_on_the_disk_before_it_has_its_name_and_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = synced(monkeypatch)
    write_whole(tmp_path / "a", "new", durable=True)
    (file, move, folder) = done
    assert file.startswith("wait for .mienet-")
    assert (move, folder) == ("move to a", f"wait for {tmp_path.name}")


def test_the_disk_is_not_waited_for_where_nobody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = synced(monkeypatch)
    write_whole(tmp_path / "a", "new")
    assert done == ["move to a"]


def test_the_disk_has_new_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = synced(monkeypatch)
    make_folder(tmp_path / "a/b")
    assert sorted(done) == sorted([f"wait for {tmp_path.name}", "wait for a"])
    make_folder(tmp_path / "a/b")
    assert len(done) == 2
