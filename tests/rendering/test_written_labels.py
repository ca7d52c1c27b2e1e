from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.rendering.written_labels import WrittenLabels


def test_files_as_they_were_written_are_replaced(tmp_path: Path) -> None:
    WrittenLabels(tmp_path).write({"elan/a.eaf": "one"})
    WrittenLabels(tmp_path).write({"elan/a.eaf": "two"})
    assert (tmp_path / "elan/a.eaf").read_text() == "two"


def test_all_corrected_files_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    names = ["boris/project.boris", "elan/a.eaf", "elan/b.eaf"]
    labels = WrittenLabels(tmp_path)
    labels.write(dict.fromkeys(names, "written"))
    for name in names[:2]:
        (tmp_path / name).write_text("corrected")
    with pytest.raises(MienetError) as caught:
        labels.write(dict.fromkeys(names, "new"))
    assert str(caught.value).splitlines() == [
        "labels would be replaced that are not as mienet timeline wrote them; move them elsewhere "
        "to keep what was corrected, or give another --out, or leave --write out:",
        f"  {tmp_path / names[0]}",
        f"  {tmp_path / names[1]}",
    ]
    contents = [(tmp_path / name).read_text() for name in names]
    assert contents == ["corrected", "corrected", "written"]


def test_a_file_that_was_never_written_here_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("mine")
    with pytest.raises(MienetError, match=r"a\.srt$"):
        WrittenLabels(tmp_path).require_unchanged(["a.srt"])


def test_what_a_killed_command_came_to_write_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = WrittenLabels(tmp_path)
    labels.write({"a": "old", "b": "old"})

    def killed(path: Path, content: bytes) -> None:
        if path.name == "b":
            raise KeyboardInterrupt
        path.write_bytes(content)

    with monkeypatch.context() as patch:
        patch.setattr("mienet.rendering.written_labels.write_whole", killed)
        with pytest.raises(KeyboardInterrupt):
            labels.write({"a": "new", "b": "new"})
    assert [(tmp_path / name).read_text() for name in "ab"] == ["new", "old"]
    WrittenLabels(tmp_path).write({"a": "newer", "b": "newer"})
    assert [(tmp_path / name).read_text() for name in "ab"] == ["newer", "newer"]
