"""From a configuration to what is trained: network, recognizer and task, and its start."""

from dataclasses import replace
from pathlib import Path

from mienet.config import RunConfig
from mienet.models.checkpoints import CHECKPOINT_NAME, read_checkpoint
from mienet.models.network import SegmentNetwork
from mienet.models.pretrained import DownloadError, StartReport, load_pretrained
from mienet.models.timeline_network import TimelineNetwork
from mienet.recognizer import NetworkRecognizer
from mienet.sharing.hub import local_model
from mienet.sharing.reference import is_reference
from mienet.timeline_recognizer import NetworkTimelineRecognizer
from mienet.timelines.order import learn_order
from mienet.training.datamodule import Videos, clip_format
from mienet.training.optimization import TrainingTask
from mienet.training.processes import is_first_process
from mienet.training.recording_data import RecordingVideos
from mienet.training.task import ActionRecognitionTask
from mienet.training.timeline_task import TimelineTask


def make_task(
    config: RunConfig, videos: Videos | RecordingVideos
) -> tuple[TrainingTask, StartReport | None]:
    """Returns what is trained, and the account of the weights it starts from if it has any."""
    if isinstance(videos, RecordingVideos):
        recordings, report = build_timeline_recognizer(config, videos)
        task = TimelineTask(
            recordings,
            config,
            validation=videos.validation,
            phase_weights=videos.phase_weights(),
        )
        return task, report
    recognizer, report = build_recognizer(config, videos.classes)
    return ActionRecognitionTask(
        recognizer,
        config.train,
        batch_size=config.data.batch_size,
        class_weights=videos.class_weights(),
    ), report


def build_recognizer(
    config: RunConfig, classes: list[str]
) -> tuple[NetworkRecognizer, StartReport | None]:
    """Returns a new recognizer, and the account of the weights it starts from if it has any."""
    model = config.model
    network = SegmentNetwork(
        len(classes),
        backbone=model.backbone,
        motion=model.motion,
        temporal=model.temporal,
        num_segments=model.num_segments,
        dropout=model.dropout,
        head_std=model.head_std,
        consensus=model.consensus,
        normalization=model.normalization,
        shift_every=_resumed_shift_every(config),
    )
    # A resumed run's weights come from its training state.
    fresh = model.pretrained if not config.train.resume else None
    report = _pretrain(network, fresh, classes) if fresh else None
    return NetworkRecognizer(network, classes, clip_format(config)), report


def build_timeline_recognizer(
    config: RunConfig, videos: RecordingVideos
) -> tuple[NetworkTimelineRecognizer, StartReport | None]:
    """Returns a new recognizer of recordings, and the account of its start if it has any."""
    model = config.model
    assert config.timeline.head is not None
    network = TimelineNetwork(
        len(videos.phases),
        len(videos.events),
        backbone=model.backbone,
        motion=model.motion,
        temporal=model.temporal,
        num_segments=model.num_segments,
        dropout=model.dropout,
        head=config.timeline.head,
        head_width=config.timeline.head_width,
        normalization=model.normalization,
    )
    fresh = model.pretrained if not config.train.resume else None
    report = _pretrain(network, fresh, videos.classes) if fresh else None
    recognizer = NetworkTimelineRecognizer(
        network, videos.phases, videos.events, videos.recording_format
    )
    if videos.phases:
        annotated = [recording.video for recording in videos.training]
        recognizer.order = learn_order(annotated, videos.phases)
    return recognizer, report


def _resumed_shift_every(config: RunConfig) -> int | None:
    """Returns which blocks of a resumed run's network shift; None for the authors' choice.

    Runs from before that choice was followed on ResNet-101 go on with every block.
    """
    if config.train.resume is None or config.model.temporal != "shift":
        return None
    model = Path(config.train.resume).parent / CHECKPOINT_NAME
    if not model.is_file():
        return None
    shift_every: int = read_checkpoint(model).network.options["shift_every"]
    return shift_every


def _pretrain(
    network: SegmentNetwork | TimelineNetwork, source: str, classes: list[str]
) -> StartReport | None:
    if is_reference(source):
        # A run says where it started from, wherever the cache is.
        report = load_pretrained(network, local_model(source), classes)
        return replace(report, start=source)
    if source != "auto":
        return load_pretrained(network, source, classes)
    try:
        return load_pretrained(network, "imagenet", classes)
    except DownloadError as error:
        if is_first_process():
            print(f"Training from scratch, which costs accuracy: {error}")
        return None
