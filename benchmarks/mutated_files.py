"""Changes files at random: their bytes, the values in their JSON, the words of their texts."""

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from typing import Any

Mutation = Callable[[bytes, random.Random], bytes]

VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 3, 0.5, -0.0, 2**31, 2**63, 10**9, 10**30, 1e308, float("nan")),
    *(float("inf"), "", " ", "x" * 100_000, "\0", "\x1b[31m", "\ud800", "é", "../../etc/passwd"),
    *("/dev/zero", [], {}, [[]], [1] * 10_000, {"a": {"b": None}}, "resnet9000", "1e400", "=1+1"),
)
"""What a value of JSON is replaced with."""

FIELDS = (
    *("", " ", "-1", "0", "99999999", "1000000000000", "9" * 30, "9" * 5000, "1e400", "nan"),
    *("inf", "0.5", "1,5", "\0", "\x1b[31m", '"', "'", ";", "\t", "\n", "\r", "\ufeff", "é"),
    *("\u202e", "../../etc/passwd", "/dev/zero", "a/b/c", "%s%n", "{}", "[", "x" * 100_000),
)
"""What a field of a line is replaced with."""


def change_bytes(content: bytes, chance: random.Random) -> bytes:
    """Returns the content after one to three changes, more of them near its beginning."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = _position(len(changed), chance)
        length = chance.choice((1, 2, 4, 8, 100, 5000))
        part = changed[at : at + length]
        how = chance.randrange(8)
        if how == 0 and changed:
            changed[at] ^= 1 << chance.randrange(8)
        elif how == 1:
            changed[at : at + length] = chance.randbytes(len(part))
        elif how == 2:
            changed[at:at] = chance.randbytes(length)
        elif how == 3:
            del changed[at : at + length]
        elif how == 4:
            del changed[at:]
        elif how == 5:
            changed[at:at] = part * chance.choice((1, 50))
        elif how == 6:
            changed[at : at + length] = bytes(len(part))
        else:
            changed[at : at + 4] = chance.choice((b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\x01"))
    return bytes(changed)


def _position(size: int, chance: random.Random) -> int:
    most = max(size, 1)
    return chance.randrange(min(most, chance.choice((64, 4096, 65536, most, most))))


def change_json(content: bytes, chance: random.Random) -> bytes:
    """Returns JSON with one value, key or bracket changed; or its bytes changed."""
    how = chance.random()
    if how < 0.3:
        return change_bytes(content, chance)
    if how < 0.4:
        numbers = list(re.finditer(rb"(?<=[ :,\[])-?\d+(\.\d+)?(?=[,\]}\s])", content))
        if numbers:
            number = chance.choice(numbers)
            other = chance.choice((b"1e999999999", b"-1e999999999", b"1e-999999999", b"9" * 5000))
            return content[: number.start()] + other + content[number.end() :]
    if how < 0.45:
        opening = chance.choice(("[", '{"a":'))
        return (opening * chance.choice((10, 900, 100_000))).encode() + content
    return json.dumps(change_value(json.loads(content), chance)).encode()


def change_value(content: Any, chance: random.Random) -> Any:
    """Returns the content with one of its values replaced, removed or doubled, or a key added."""
    places = list(_places(content))
    if not places:
        return chance.choice(VALUES)
    inside, key = chance.choice(places)
    how = chance.randrange(10)
    if how == 0:
        del inside[key]
    elif how == 1 and isinstance(inside, dict):
        inside[chance.choice(("x", "", "\0", "version"))] = inside[key]
    elif how == 1:
        inside.append(inside[key])
    else:
        inside[key] = chance.choice(VALUES)
    return content


def _places(content: Any) -> Any:
    keys = content if isinstance(content, dict) else range(len(content))
    for key in keys:
        yield content, key
        if isinstance(content[key], dict | list):
            yield from _places(content[key])


def change_fields(content: bytes, chance: random.Random) -> bytes:
    """Returns a list with some fields, separators or lines changed; or its bytes changed."""
    if chance.random() < 0.3:
        return change_bytes(content, chance)
    lines = content.decode().split("\n")
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(lines))
        fields = re.split("([, ])", lines[at])
        fields[chance.randrange(len(fields))] = chance.choice(FIELDS)
        lines[at] = "".join(fields)
    if chance.random() < 0.2:
        lines *= chance.choice((2, 100))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def change_text(content: bytes, chance: random.Random) -> bytes:
    """Returns a text with some words, numbers or lines changed; or its bytes changed."""
    if chance.random() < 0.3:
        return change_bytes(content, chance)
    parts = re.split(r"([\w.:+-]+|\n)", content.decode())
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(len(parts))
        how = chance.randrange(6)
        if how == 0:
            del parts[at]
        elif how == 1:
            parts[at:at] = parts[at : at + chance.choice((1, 5, 50))] * chance.choice((1, 20))
        elif how == 2:
            parts[at] = parts[chance.randrange(len(parts))]
        else:
            parts[at] = chance.choice(FIELDS)
        parts = parts or [""]
    return "".join(parts).encode("utf-8", "surrogatepass")


def change_gzip(content: bytes, chance: random.Random) -> bytes:
    """Returns a packed JSON with a value changed; or its packed bytes changed."""
    if chance.random() < 0.5:
        return change_bytes(content, chance)
    return gzip.compress(change_json(gzip.decompress(content), chance), 1)


def change_sheet(content: bytes, chance: random.Random) -> bytes:
    """Returns a spreadsheet with one of its XML parts changed; or its packed bytes changed."""
    if chance.random() < 0.3:
        return change_bytes(content, chance)
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(written, "w") as archive:
        names = source.namelist()
        changed = chance.choice(names)
        for name in names:
            part = source.read(name)
            archive.writestr(name, change_text(part, chance) if name == changed else part)
    return written.getvalue()
