"""What is chosen by name, and where each of it stands: the places to add one's own.

A temporal module, a backbone, a head, an annotation format or an engine is one new file and one
line here; options, help and the checks of files take the names from here, with those of what has a
fixed number of forms. Nothing is imported until it is used, so that ``mienet --help`` knows the
names without PyTorch. docs/design.md shows how.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

TEMPORAL_MODULES: dict[str, str] = {
    "none": "mienet.models.temporal:NONE",
    "shift": "mienet.models.baselines:SHIFT",
    "tam": "mienet.models.baselines:TAM",
    "dptam": "mienet.models.attention:DPTAM",
    "shift_dptam": "mienet.models.shifted_attention:SHIFT_DPTAM",
}
"""What lets segments see each other: a ``TemporalModule`` each."""

BACKBONES: dict[str, str] = {
    "resnet18": "mienet.models.resnet:RESNET18",
    "resnet34": "mienet.models.resnet:RESNET34",
    "resnet50": "mienet.models.resnet:RESNET50",
    "resnet101": "mienet.models.resnet:RESNET101",
}
"""What makes features of each segment's image: a ``Backbone`` each."""

HEADS: dict[str, str] = {
    "gru": "mienet.models.heads:RecurrentHead",
    "dilated": "mienet.models.heads:DilatedHead",
}
"""What reads the positions of a recording in time: a class each, of features and width."""

ANNOTATION_FORMATS: dict[str, str] = {
    "list": "mienet.annotations.plain_lists:LIST",
    "table": "mienet.annotations.readers:TABLE",
    "whole-videos": "mienet.labeling.timeline_formats:WHOLE_VIDEOS",
}
"""Files that say what videos show: an ``AnnotationFormat`` each, from the most general one on. The
last that recognizes a file reads it."""

TIMELINE_FORMATS: dict[str, str] = {
    "csv": "mienet.labeling.timeline_tables:TABLE",
    "json": "mienet.labeling.timeline_tables:JSON",
    "boris": "mienet.labeling.boris_projects:PROJECT",
    "boris-export": "mienet.labeling.boris_exports:EXPORT",
    "elan": "mienet.labeling.elan:ELAN",
    "elan-table": "mienet.labeling.elan_tables:ELAN_TABLE",
    "label-studio": "mienet.labeling.label_studio:LABEL_STUDIO",
    "textgrid": "mienet.labeling.textgrids:TEXTGRID",
    "srt": "mienet.labeling.subtitles:SUBTITLES",
    "via": "mienet.labeling.via:VIA",
    "kinovea": "mienet.labeling.kinovea:KINOVEA",
    "anvil": "mienet.labeling.anvil:ANVIL",
    "cvat": "mienet.labeling.cvat:CVAT",
    "spotting": "mienet.labeling.spotting:SPOTTING",
    "golfdb": "mienet.labeling.golfdb:GOLFDB",
    "activitynet": "mienet.labeling.activitynet:ACTIVITYNET",
    "deepethogram": "mienet.labeling.frame_labels:DEEPETHOGRAM",
    "feral": "mienet.labeling.frame_labels:FERAL",
    "ms-tcn": "mienet.labeling.frame_labels:MS_TCN",
}
"""Files that say when what happens in whole videos: a ``TimelineFormat`` each. The first that
recognizes a file reads it."""

ENGINES: dict[str, str] = {
    "onnx": "mienet.engines.onnx:ENGINE",
    "openvino": "mienet.engines.openvino:ENGINE",
    "torch": "mienet.engines.torch_export:ENGINE",
}
"""What computes an exported model: an ``Engine`` each."""

Motion = Literal["none", "concat", "adaptive", "signed"]
"""What a backbone sees of a segment; see ``SegmentFeatures``, as of ``Normalization``."""

Normalization = Literal["batch", "window"]

Consensus = Literal["mean", "vap"]
"""How the segments of a clip are combined; see ``SegmentNetwork``."""

Precision = Literal["float32", "bfloat16", "int8"]
"""Of the computation of an exported model."""

if TYPE_CHECKING:
    TemporalName = str
    BackboneName = str
    HeadName = str
    EngineName = str
else:
    TemporalName = Literal[tuple(TEMPORAL_MODULES)]
    BackboneName = Literal[tuple(BACKBONES)]
    HeadName = Literal[tuple(HEADS)]
    EngineName = Literal[tuple(ENGINES)]


def find(kind: str, places: Mapping[str, str], name: str) -> Any:
    """Returns what a name stands for.

    Args:
        kind: What is looked for, such as "backbone", for the message.
        places: One of the dicts above.
        name: A key of it.

    Raises:
        ValueError: If there is none of that name, with those that there are.
    """
    if name not in places:
        raise ValueError(f"unknown {kind} {name!r}; accepted are {', '.join(places)}")
    module, _, attribute = places[name].partition(":")
    return getattr(import_module(module), attribute)
