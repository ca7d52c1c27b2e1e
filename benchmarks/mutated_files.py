"""Changes files at random: their bytes, the values in their JSON, the fields of their lines."""

import json
import random
import re
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
    if how < 0.35:
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


def change_description(content: bytes, chance: random.Random) -> bytes:
    """Returns a safetensors file whose description, a JSON text in its header, has a wrong value.

    It is written as before there were checksums, so that the description is all that can tell.
    """
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    description = json.loads(header["__metadata__"]["mienet"]) | {"version": 1}
    header["__metadata__"] = {"mienet": json.dumps(change_value(description, chance))}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def change_unsigned(content: bytes, chance: random.Random) -> bytes:
    """Returns a model.json with a wrong value, as before it had a checksum of itself."""
    description = json.loads(content) | {"version": 1}
    del description["description_sha256"]
    return json.dumps(change_value(description, chance)).encode()
