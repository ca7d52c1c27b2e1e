"""How a model is opened and which views of a video it sees: options that are declared once.

``predict``, ``evaluate`` and ``benchmark`` take them as keywords, and their commands derive
``--options`` from them. This file imports nothing heavy, so that ``--help`` is quick.
"""

from typing import Annotated, Literal, TypedDict

from mienet.options import Option, Range

Average = Literal["logits", "probabilities"]
"""What is averaged over several models."""

WrittenFormat = Literal["boris", "elan", "label-studio", "srt", "csv", "json"]
"""Formats of other programs in which labels of a timeline can be written."""


class ModelOptions(TypedDict, total=False):
    """How a model is opened."""

    device: Annotated[str, Option("auto", "cpu, cuda, ...; auto takes a GPU if there is one")]
    allow_pickle: Annotated[
        bool,
        Option(
            False,
            "open an exported .pt2 file, which can run code: only if you trust who made it",
        ),
    ]


class ViewOptions(ModelOptions, total=False):
    """Which views of a video are averaged; see ``mienet.data.sampling.ClipChoice`` for clips."""

    clips: Annotated[
        str,
        Option(
            "center",
            "clips (samples of frames) per video to average over: center (one), two, uniform:K or "
            "dense:K with a number K; dense is dense:10",
        ),
    ]
    crops: Annotated[
        Literal["one", "three"],
        Option("one", "crops of the image to average over: the center, or three"),
    ]
    short_side: Annotated[
        int | None,
        Option(None, "pixels of the frames' shorter side; default: as in training", Range(least=1)),
    ]
    crop_size: Annotated[
        int | None, Option(None, "pixels of the crop; default: as in training", Range(least=1))
    ]
    frame_pattern: Annotated[
        str | None,
        Option(
            None,
            "names of the images in folders of frames, such as img_{:05d}.jpg; default: any "
            "numbered",
        ),
    ]


class SelectionOptions(TypedDict, total=False):
    """When a model says that a clip is of none of its classes."""

    error_rate: Annotated[
        float | None,
        Option(
            None,
            'answer "none of these" where a clip is not familiar enough, so that at most this '
            "share of the other answers is wrong: above 0, at most 0.5, such as 0.05; default: "
            "always answer a class",
            Range(above=0, most=0.5),
        ),
    ]


class PredictionOptions(ViewOptions, SelectionOptions, total=False):
    """Which views of a video are averaged, and when they show none of the classes."""


class BatchOptions(ViewOptions, total=False):
    """How the views of many videos are computed."""

    batch_size: Annotated[int, Option(8, "views (clips x crops) per step", Range(least=1))]
    num_workers: Annotated[
        int | None,
        Option(
            None, "processes that read videos; default: one per CPU, at most 16", Range(least=0)
        ),
    ]


class EvaluationOptions(BatchOptions, SelectionOptions, total=False):
    """How the views of many videos are computed, and what is averaged over several models.

    Over one model's views it is the logits in any case, as in the authors' code.
    """

    average: Annotated[
        Average,
        Option(
            "logits",
            "what is averaged over several models: logits (scores before they are made "
            "probabilities) or probabilities",
        ),
    ]


class TimelineOptions(ModelOptions, total=False):
    """How a model reads a recording, and what counts as a phase or an event.

    Some are of models of clips alone, some of models of whole recordings.
    """

    stride_seconds: Annotated[
        float | None,
        Option(
            None,
            "of a model of clips: from one window to the next; default: an eighth of the shortest",
            Range(above=0),
        ),
    ]
    in_order: Annotated[
        bool,
        Option(
            False,
            "of a model of clips: phases follow each other in the order of its classes, and the "
            "first one follows the last, as the parts of one movement do",
        ),
    ]
    order: Annotated[
        Literal["learned", "free"] | None,
        Option(
            None,
            "of a model of whole recordings: learned (phases follow each other and last as in its "
            "training recordings) or free; default: learned",
        ),
    ]
    event_threshold: Annotated[
        float | None,
        Option(
            None,
            "of a model of whole recordings: probability from 0 to 1 below which there is no "
            "event; default: each label's own, tuned in training",
            Range(least=0, most=1),
        ),
    ]
    overlap: Annotated[
        float,
        Option(
            0.5,
            "of a model of whole recordings: part of a window that the next one sees again, from 0 "
            "to 0.9; less is faster",
            Range(least=0, most=0.9),
        ),
    ]
    minimum_seconds: Annotated[float, Option(0.0, "what a phase lasts at least", Range(least=0))]
    threshold: Annotated[
        float,
        Option(
            0.0,
            "probability from 0 to 1 below which a phase is none of the classes",
            Range(least=0, most=1),
        ),
    ]
    capture_fps: Annotated[
        float | None,
        Option(
            None,
            "frames per second at which the camera took the frames, for slow motion and folders "
            "of frames; default: the file's clock",
            Range(above=0),
        ),
    ]
    frame_pattern: Annotated[
        str | None,
        Option(None, "names of the images in folders of frames; default: any numbered"),
    ]


class ArchiveOptions(TypedDict, total=False):
    """How the videos of a long list are computed, and written in parts."""

    partition_size: Annotated[
        int,
        Option(
            100,
            "of --list: videos whose results are in one file; what is lost when it is stopped",
            Range(least=1),
        ),
    ]
    engine: Annotated[
        Literal["process", "ray"],
        Option("process", "of --list: where to compute: process (this one), or workers of ray"),
    ]
    ray_address: Annotated[
        str | None,
        Option(
            None,
            "of engine ray: a running cluster, or auto for the one of this machine; default: Ray "
            "is started here, and ended",
        ),
    ]
    workers: Annotated[
        int | None,
        Option(
            None,
            "of engine ray: processes, each with the model; default: one per CPU, or --threads",
            Range(least=1),
        ),
    ]
    threads: Annotated[
        int | None,
        Option(
            None,
            "of --list: threads that compute and read in each process; default: of a worker 1, "
            "else as many as PyTorch takes",
            Range(least=1),
        ),
    ]


class PredictionArchiveOptions(PredictionOptions, ArchiveOptions, total=False):
    """How clips of a long list are classified."""


class TimelineArchiveOptions(TimelineOptions, ArchiveOptions, total=False):
    """How recordings of a long list are read."""


class FindingOptions(TypedDict, total=False):
    """What counts as a phase or an event of a recording, and as near to a true one."""

    order: Annotated[
        Literal["learned", "free"] | None,
        Option(
            None,
            "learned (phases follow each other and last as in the training recordings) or free; "
            "default: learned",
        ),
    ]
    tolerance_frames: Annotated[
        int,
        Option(
            2,
            "how many frames off an event may be to be right, and a label for Cohen's kappa",
            Range(least=0),
        ),
    ]
    overlap: Annotated[
        float,
        Option(
            0.5,
            "part of a window that the next one sees again, from 0 to 0.9; less is faster",
            Range(least=0, most=0.9),
        ),
    ]
    minimum_seconds: Annotated[float, Option(0.0, "what a phase lasts at least", Range(least=0))]
    threshold: Annotated[
        float,
        Option(
            0.0,
            "probability from 0 to 1 below which a phase is left out",
            Range(least=0, most=1),
        ),
    ]
    event_threshold: Annotated[
        float | None,
        Option(
            None,
            "probability from 0 to 1 below which there is no event; default: as tuned in training",
            Range(least=0, most=1),
        ),
    ]
    capture_fps: Annotated[
        float | None,
        Option(
            None,
            "frames per second at which the camera took the frames, for folders of frames, and for "
            "slow motion whose annotations count the seconds of reality; default: the file's clock",
            Range(above=0),
        ),
    ]


class RecordingEvaluationOptions(ModelOptions, FindingOptions, total=False):
    """How a model of recordings reads them, and what counts."""

    frame_pattern: Annotated[
        str | None,
        Option(None, "names of the images in folders of frames; default: any numbered"),
    ]


class ComparisonOptions(BatchOptions, FindingOptions, total=False):
    """How models of clips see them, or models of recordings read these, and what counts."""
