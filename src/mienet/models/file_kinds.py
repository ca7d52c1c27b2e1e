"""What a file that should hold weights is instead, and whether its archive is whole.

Read before PyTorch opens it, whose messages are about its own internals, and which believes the
sizes that a file claims.
"""

import contextlib
import mmap
import pickletools
import string
import zipfile
from pathlib import Path
from typing import IO

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "it is a PNG image"),
    (b"\xff\xd8\xff", "it is a JPEG image"),
    (b"GIF8", "it is a GIF image"),
    (b"%PDF", "it is a PDF document"),
    (b"\x89HDF", "it is an HDF5 file (Keras)"),
    (b"\x1f\x8b", "it is compressed with gzip; unpack it first"),
    (b"BZh", "it is compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ", "it is compressed with xz; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd; unpack it first"),
    (b"7z\xbc\xaf", "it is a 7z archive; unpack it first"),
    (b"Rar!", "it is a RAR archive; unpack it first"),
)

_ZIP_START = b"PK\x03\x04"
_PICKLE_0_STARTS = (b"(dp", b"(lp", b"(i", b"(c", b"ccollections\n", b"(S'", b"(V", b"}q", b"(tp")


def lfs_pointer(path: Path) -> str:
    """Returns what to do if a file is a pointer of Git LFS, else an empty text."""
    with path.open("rb") as file:
        if not file.read(40).startswith(b"version https://git-lfs"):
            return ""
    return (
        "it is a Git LFS pointer, which stands for the file in a repository; run git lfs pull "
        "there, or download the file itself"
    )


def other_kind(path: Path) -> str:
    """Returns what a file is if it is plainly not one of ``torch.save``, else an empty text."""
    if pointer := lfs_pointer(path):
        return pointer
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        return "it is empty"
    for magic, words in _STARTS:
        if start.startswith(magic):
            return words
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size:
        return "it is a safetensors file; give it the ending .safetensors"
    if start[257:262] == b"ustar":
        return "it is a tar archive; unpack it first"
    if start.startswith(_PICKLE_0_STARTS):
        return ""  # perhaps with code, which is for the reader of pickles to tell
    return _text_kind(start)


def _text_kind(start: bytes) -> str:
    if any(byte not in string.printable.encode() and byte < 128 for byte in start):
        return ""
    begin = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begin.startswith((b"<!doctype html", b"<html")):
        return "it is a page of HTML, such as a site shows before a download"
    # GLOBAL, a pickle's code for an object of a module, begins like a text.
    return "" if start.startswith((b"c", b"(", b"\x80")) and b"\n" in start else "it is a text"


def is_zip(path: Path) -> bool:
    """Returns whether a file begins as ``torch.save`` begins it since PyTorch 1.6."""
    with path.open("rb") as file:
        return file.read(4) == _ZIP_START


def makes_memory(path: Path) -> bool:
    """Returns whether a pickle asks for a bytearray: of any size, so of all the memory there is.

    PyTorch lets it; no file of weights has one.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b"bytearray\n") >= 0


def object_in_pickle(path: Path) -> str:
    """Returns where a pickle names an object, in forms that PyTorch does not know; else nothing.

    These are of protocol 4, ``STACK_GLOBAL``, and of protocol 0, ``INST``.
    """
    with contextlib.ExitStack() as opened:
        file: IO[bytes] = opened.enter_context(path.open("rb"))
        if is_zip(path):
            archive = opened.enter_context(zipfile.ZipFile(path))
            name = next(n for n in archive.namelist() if n.endswith("data.pkl"))
            file = opened.enter_context(archive.open(name))
        with contextlib.suppress(Exception):  # where the pickle ends or breaks
            for operation, _, place in pickletools.genops(file):
                if operation.name in ("STACK_GLOBAL", "INST"):
                    return f"at byte {place} of its pickle"
    return ""


def zip_problem(path: Path) -> str:
    """Returns what is wrong with the archive that ``torch.save`` writes, else an empty text.

    Its entries are neither compressed nor on top of each other, so together they are no larger than
    the file; each has a checksum, which PyTorch does not look at.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename.rpartition("/")[2] for entry in entries}
            if "constants.pkl" in names:
                return "it is a TorchScript model, which is code"
            if "data.pkl" not in names:
                return "it is an ordinary zip archive; unpack it first"
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
                return "its entries are compressed, which torch.save never does"
            claimed = sum(entry.file_size for entry in entries)
            if claimed > path.stat().st_size:
                return f"its entries claim {claimed} bytes, more than the file has"
            return _changed_entry(archive, entries)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError, OSError):
        return "it was cut short or changed; copy it again"


def _changed_entry(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> str:
    for entry in entries:
        if entry.CRC == 0:  # PyTorch can be told to leave the checksums out
            continue
        try:
            with archive.open(entry) as file:
                while file.read(1 << 20):  # its end compares the checksum
                    pass
        except zipfile.BadZipFile:
            return f"{entry.filename} in it was changed, as its checksum tells; copy it again"
    return ""
