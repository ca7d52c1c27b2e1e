"""Fine-grained action recognition in video: MIE-Net, its relatives, and the tools around them.

Names are loaded when first used, so that ``import mienet`` and ``mienet --help`` are quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mienet.config import load_recipe
    from mienet.loading import load, load_network
    from mienet.models import (
        AdaptiveFusion,
        DoublePoolingTemporalAttention,
        PersistenceOfAppearance,
        SegmentNetwork,
        dptam,
        mie_net,
        mie_net_plus,
        pan_lite,
        tanet,
        tsm,
        tsn,
    )
    from mienet.models.checkpoints import load_checkpoint
    from mienet.prediction import Prediction
    from mienet.recognizer import Recognizer
    from mienet.workflows.agree import agree
    from mienet.workflows.benchmark import benchmark
    from mienet.workflows.check import check
    from mienet.workflows.compare import compare
    from mienet.workflows.evaluate import evaluate
    from mienet.workflows.evaluate_recordings import evaluate_recordings
    from mienet.workflows.explain import explain
    from mienet.workflows.export import export
    from mienet.workflows.extract import extract
    from mienet.workflows.predict import iterate_predictions, predict
    from mienet.workflows.prepare import prepare
    from mienet.workflows.prepare_recordings import prepare_recordings
    from mienet.workflows.pull import pull
    from mienet.workflows.push import push
    from mienet.workflows.report import report
    from mienet.workflows.search import search
    from mienet.workflows.suggest import suggest_videos
    from mienet.workflows.sweep import sweep
    from mienet.workflows.timeline import timeline
    from mienet.workflows.train import train

__version__ = "0.2.0"

__all__ = [
    "AdaptiveFusion",
    "DoublePoolingTemporalAttention",
    "PersistenceOfAppearance",
    "Prediction",
    "Recognizer",
    "SegmentNetwork",
    "agree",
    "benchmark",
    "check",
    "compare",
    "dptam",
    "evaluate",
    "evaluate_recordings",
    "explain",
    "export",
    "extract",
    "iterate_predictions",
    "load",
    "load_checkpoint",
    "load_network",
    "load_recipe",
    "mie_net",
    "mie_net_plus",
    "pan_lite",
    "predict",
    "prepare",
    "prepare_recordings",
    "pull",
    "push",
    "report",
    "search",
    "suggest_videos",
    "sweep",
    "tanet",
    "timeline",
    "train",
    "tsm",
    "tsn",
]

_MODULES = {
    "Prediction": "prediction",
    "Recognizer": "recognizer",
    "agree": "workflows.agree",
    "benchmark": "workflows.benchmark",
    "check": "workflows.check",
    "compare": "workflows.compare",
    "evaluate": "workflows.evaluate",
    "evaluate_recordings": "workflows.evaluate_recordings",
    "explain": "workflows.explain",
    "export": "workflows.export",
    "extract": "workflows.extract",
    "iterate_predictions": "workflows.predict",
    "load": "loading",
    "load_checkpoint": "models.checkpoints",
    "load_network": "loading",
    "load_recipe": "config",
    "predict": "workflows.predict",
    "prepare": "workflows.prepare",
    "prepare_recordings": "workflows.prepare_recordings",
    "pull": "workflows.pull",
    "push": "workflows.push",
    "report": "workflows.report",
    "search": "workflows.search",
    "suggest_videos": "workflows.suggest",
    "sweep": "workflows.sweep",
    "timeline": "workflows.timeline",
    "train": "workflows.train",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'mienet' has no attribute {name!r}")
    return getattr(import_module(f"mienet.{_MODULES.get(name, 'models')}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
