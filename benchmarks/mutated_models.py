"""Changes files of models inside what guards them, as someone would who means harm.

A byte changed at random is found by a checksum. Here the checksum is left out, as in files from
before there was one, or made anew, so that only what is read can tell.
"""

import hashlib
import io
import json
import os
import pickle
import pickletools
import random
import zipfile
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from mutated_files import FIELDS, change_bytes, change_value

SAYS_NOTHING = ("metadata_props", "doc_string", "producer_name", "producer_version")
"""Fields of ONNX that change nothing of what is computed; most of a file's fields are such."""

INTEGERS = (-1, 0, 1, 2, 7, 2**31 - 1, 2**40, 2**62, -(2**63))


class Attack:
    """An object whose pickle calls ``os.system`` when it is opened."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, ("touch ran_code",)


def change_description(content: bytes, chance: random.Random) -> bytes:
    """Returns a safetensors file whose description, a JSON text in its header, has a wrong value.

    It is written as before there were checksums, so that the description is all that can tell.
    """
    header = _header(content)
    description = json.loads(header["__metadata__"]["mienet"])
    header["__metadata__"] = {"mienet": json.dumps(change_value(description, chance))}
    return _with_header(content, header)


def change_tensors(content: bytes, chance: random.Random) -> bytes:
    """Returns a safetensors file without a checksum that says something wrong of its tensors."""
    tensors = _header(content)
    metadata = tensors.pop("__metadata__")
    return _with_header(content, {"__metadata__": metadata} | change_value(tensors, chance))


def change_values(content: bytes, chance: random.Random) -> bytes:
    """Returns a safetensors file without a checksum that has other weights."""
    header = _header(content)
    length = int.from_bytes(content[:8], "little")
    return _with_header(content[: 8 + length] + change_bytes(content[8 + length :], chance), header)


def _header(content: bytes) -> dict[str, Any]:
    """Returns a header without a checksum; that of an export's known clips never has one."""
    length = int.from_bytes(content[:8], "little")
    header: dict[str, Any] = json.loads(content[8 : 8 + length])
    metadata = header.get("__metadata__", {})
    if "mienet" in metadata:
        metadata = {"mienet": json.dumps(json.loads(metadata["mienet"]) | {"version": 1})}
    return header | {"__metadata__": metadata}


def _with_header(content: bytes, header: Any) -> bytes:
    length = int.from_bytes(content[:8], "little")
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def change_unsigned(content: bytes, chance: random.Random) -> bytes:
    """Returns a model.json with a wrong value, as before it had a checksum of itself."""
    description = json.loads(content) | {"version": 1}
    del description["description_sha256"]
    return json.dumps(change_value(description, chance)).encode()


def change_pickle(content: bytes, chance: random.Random) -> bytes:
    """Returns a file of ``torch.save`` whose archive is whole and whose pickle was changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(written, "w") as archive:
        for name in source.namelist():
            part = source.read(name)
            archive.writestr(name, _pickle(part, chance) if name.endswith("data.pkl") else part)
    return written.getvalue()


def change_old_pickle(content: bytes, chance: random.Random) -> bytes:
    """Returns a file as ``torch.save`` wrote it before PyTorch 1.6, changed in its pickles."""
    return _pickle(content, chance)


def _pickle(content: bytes, chance: random.Random) -> bytes:
    """Returns a pickle with code put between two of its operations, or with bytes changed."""
    if chance.random() < 0.5:
        return change_bytes(content, chance)
    places = [place for _, _, place in pickletools.genops(content) if place is not None]
    at = chance.choice(places)
    attack = pickle.dumps(Attack(), protocol=chance.choice((0, 1, 2, 3, 4)))
    return content[:at] + attack.removesuffix(b".") + chance.choice((b"", b"0")) + content[at:]


def change_graph(content: bytes, chance: random.Random) -> bytes:
    """Returns an ONNX file with one to three fields changed that still is of its format."""
    import onnx

    model = onnx.load_model_from_string(content)
    for _ in range(chance.choice((1, 1, 2, 3))):
        _change_field(model if chance.random() < 0.1 else model.graph, chance)
    return bytes(model.SerializeToString())


def _change_field(message: Message, chance: random.Random) -> None:
    """Goes down to a field by chance, and changes it."""
    while True:
        fields = [field for field in message.ListFields() if field[0].name not in SAYS_NOTHING]
        if not fields:
            return
        field, value = chance.choice(fields)
        repeated = not isinstance(value, int | float | str | bytes | Message)
        if field.message_type is None:
            break
        if repeated and chance.random() < 0.1:
            del value[chance.randrange(len(value))]
            return
        message = chance.choice(value) if repeated else value
    if field.enum_type is not None:  # protobuf writes only the numbers that have a name
        setattr(message, field.name, chance.choice(field.enum_type.values).number)
    elif repeated:
        value[chance.randrange(len(value))] = _other(field, value[0], chance)
    else:
        setattr(message, field.name, _other(field, value, chance))


def _other(field: FieldDescriptor, value: Any, chance: random.Random) -> Any:
    if isinstance(value, bytes):
        return change_bytes(value, chance)
    if isinstance(value, str):
        text = chance.choice((*FIELDS, "Loop", "If", "Scan", "ConstantOfShape", "Conv", value * 2))
        return text.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return chance.choice((0.0, -1.0, 1e38, float("inf"), float("nan")))
    wide = field.cpp_type == field.CPPTYPE_INT64
    return chance.choice([number for number in INTEGERS if wide or abs(number) < 2**31])


def sign_export(path: Path) -> None:
    """Writes the hash of an export's changed file, as whoever made it on purpose would."""
    description = json.loads((path.parent / "model.json").read_text()) | {"version": 1}
    description["sha256"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (path.parent / "model.json").write_text(json.dumps(description))
