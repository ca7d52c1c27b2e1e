"""Files of tensors, and others in their place: each kind has a message."""

import io
import os
import pickle
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from mienet.models.checkpoints import load_checkpoint
from mienet.models.weights import CheckpointError, load_pickle, safetensors_errors

HUGE = b"\x8a\x08" + struct.pack("<q", 10**12)


def archive(pickled: bytes, *, compression: int = zipfile.ZIP_STORED) -> bytes:
    """Returns a file as torch.save writes it, with another pickle in it."""
    original = io.BytesIO()
    torch.save({"a": torch.zeros(1000)}, original)
    written = io.BytesIO()
    with zipfile.ZipFile(original) as source, zipfile.ZipFile(written, "w", compression) as out:
        for name in source.namelist():
            content = pickled if name.endswith("data.pkl") else source.read(name)
            out.writestr(name, content or source.read(name))
    return written.getvalue()


def saved(content: object, *, zipped: bool = True) -> bytes:
    written = io.BytesIO()
    torch.save(content, written, _use_new_zipfile_serialization=zipped)
    return written.getvalue()


def ordinary_zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as out:
        out.writestr("letter.txt", "hello")
    return written.getvalue()


def claims_much() -> bytes:
    """Returns a file whose tensor claims 10^12 elements where 1000 are stored."""
    with zipfile.ZipFile(io.BytesIO(saved({"a": torch.zeros(1000)}))) as source:
        pickled = source.read(next(n for n in source.namelist() if n.endswith("data.pkl")))
    assert b"M\xe8\x03" in pickled
    return archive(pickled.replace(b"M\xe8\x03", HUGE))


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 100\n"

OTHERS = {
    "empty": (b"", "it is empty"),
    "text": (b"hello", "it is a text"),
    "JSON": (b'{"a": 1}', "it is a text"),
    "HTML": (b"\n<!DOCTYPE html><html>", "a page of HTML"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG image"),
    "JPEG": (b"\xff\xd8\xff\xe0" + bytes(50), "a JPEG image"),
    "gzip": (b"\x1f\x8b\x08" + bytes(50), "compressed with gzip; unpack it first"),
    "pointer": (POINTER, "a Git LFS pointer.*git lfs pull"),
    "zip": (ordinary_zip(), "an ordinary zip archive"),
    "zip cut short": (saved({"a": torch.zeros(1000)})[:3000], "cut short"),
    "old form cut short": (saved({"a": torch.zeros(1000)}, zipped=False)[:-50], "cut short"),
    "deflated": (archive(b"", compression=zipfile.ZIP_DEFLATED), "its entries are compressed"),
    "pickle of protocol 0": (pickle.dumps({"a": 1}, protocol=0), "not a file written by torch"),
    "pickle of protocol 4": (pickle.dumps({"a": 1}, protocol=4), "not a file written by torch"),
    "claims much": (claims_much(), "cut short or changed"),
    "random": (bytes(range(256)) * 40, "not a file written by torch"),
}

CODE = {
    "a call of the system": (
        archive(b"\x80\x02cposix\nsystem\nX\x02\0\0\0id\x85R."),
        "posix.system",
    ),
    "of protocol 4": (archive(pickle.dumps({"a": Path("x")}, protocol=4)), "at byte"),
    "of protocol 0": (b"cos\nsystem\n(S'id'\ntR.", "os.system"),
    "an object": (saved({"state_dict": {}, "arch": Path("x")}), "pathlib"),
    "an object in the old form": (saved({"arch": Path("x")}, zipped=False), "pathlib"),
    "eval": (archive(b"\x80\x02cbuiltins\neval\nX\x01\0\0\x001\x85R."), "eval"),
}

TENSORS = {
    "expanded": (saved({"a": torch.zeros(1).expand(10**6, 10**6)}), "claims a shape of"),
    "meta": (saved({"a": torch.zeros(10**12, device="meta")}), "on the device meta"),
    "sparse": (saved({"a": torch.eye(3).to_sparse()}), "sparse, nested or quantized"),
    "nested in lists": (saved({"a": [[torch.zeros(1).expand(10**9)]]}), "claims a shape of"),
}


def load(content: bytes, folder: Path) -> object:
    (folder / "file.pth.tar").write_bytes(content)
    return load_pickle(folder / "file.pth.tar")


@pytest.mark.parametrize("kind", OTHERS)
def test_another_kind_of_file_is_named(kind: str, tmp_path: Path) -> None:
    content, message = OTHERS[kind]
    with pytest.raises(CheckpointError, match=message):
        load(content, tmp_path)


@pytest.mark.parametrize("kind", CODE)
def test_code_is_named_and_not_run(kind: str, tmp_path: Path) -> None:
    content, message = CODE[kind]
    with pytest.raises(CheckpointError, match=rf"{message}.*could run code on loading; refused"):
        load(content, tmp_path)


class Attack:
    """Runs a command where it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("name", ["a.pth.tar", "a.pth", "last.ckpt", "model.safetensors"])
def test_a_malicious_pickle_runs_nothing(tmp_path: Path, name: str, zipped: bool) -> None:
    attack = Attack(f"touch '{tmp_path}/ran'")
    state = {"conv.weight": torch.zeros(1)}
    content = saved({"state_dict": state, "by": attack}, zipped=zipped)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CheckpointError):
        load_checkpoint(tmp_path / name)
    assert not (tmp_path / "ran").exists()
    torch.load(io.BytesIO(content), weights_only=False)  # so it is one
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", TENSORS)
def test_a_tensor_that_is_not_stored_is_refused(kind: str, tmp_path: Path) -> None:
    content, message = TENSORS[kind]
    with pytest.raises(CheckpointError, match=message):
        load(content, tmp_path)


@pytest.mark.parametrize("size", [3 * 10**9, 10**12])
def test_memory_beside_tensors_is_refused(size: int, tmp_path: Path) -> None:
    call = b"\x80\x02cbuiltins\nbytearray\n\x8a\x08" + struct.pack("<q", size) + b"\x85R."
    with pytest.raises(CheckpointError, match="asks for memory"):
        load(archive(call), tmp_path)


def test_a_changed_entry_is_told_by_its_checksum(tmp_path: Path) -> None:
    content = bytearray(saved({"a": torch.zeros(1000)}))
    content[len(content) // 2] ^= 1
    with pytest.raises(CheckpointError, match="data/0 in it was changed"):
        load(bytes(content), tmp_path)


def test_files_without_checksums_load(tmp_path: Path) -> None:
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        content = saved({"a": torch.ones(3)})
    finally:
        torch.serialization.set_crc32_options(before)
    assert load(content, tmp_path)["a"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("zipped", [True, False])
def test_both_forms_of_torch_save_load(zipped: bool, tmp_path: Path) -> None:
    assert load(saved({"a": torch.ones(3)}, zipped=zipped), tmp_path)["a"].tolist() == [1, 1, 1]


def test_a_dict_that_holds_itself_is_no_hang(tmp_path: Path) -> None:
    own: dict[str, object] = {}
    own["own"] = own
    assert load(saved(own), tmp_path)


def test_a_list_in_place_of_tensors_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds a list, not named tensors"):
        load(saved([torch.zeros(1)]), tmp_path)


@pytest.mark.parametrize(
    "header",
    [
        '{"x": {"dtype": "F32", "shape": [0, 18446744073709551615], "data_offsets": [0, 0]}}',
        '{"x": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}',
        "{",
    ],
)
def test_a_broken_safetensors_file_is_named(tmp_path: Path, header: str) -> None:
    path = tmp_path / "known_clips.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header.encode())
    with (
        pytest.raises(CheckpointError, match=r"known_clips\.safetensors: broken or cut short \("),
        safetensors_errors(path),
    ):
        load_file(path)
