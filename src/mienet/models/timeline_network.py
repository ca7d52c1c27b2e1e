"""The network for whole recordings: what happens at every position of a window.

The recipe of E2E-Spot (J. Hong et al., 2022) on this family: every position in time is a segment of
``L`` frames, and a small head over time reads the features of a window's positions.
Shapes: ``B`` windows, ``T`` positions, ``L`` frames per position, ``H W`` pixels, ``K`` phases,
``E`` kinds of events.
"""

from typing import Any

from torch import Tensor, nn

from mienet.extensions import (
    HEADS,
    BackboneName,
    HeadName,
    Motion,
    Normalization,
    TemporalName,
    find,
)
from mienet.models.segment_features import SegmentFeatures


class TimelineNetwork(SegmentFeatures):
    """Says of every position which phase it is in, and which event happens there.

    Phases exclude each other, and none of them is a choice, too: background. So is no event.

    Args:
        num_phases: ``K``; 0 for a network that finds events alone.
        num_events: ``E``; 0 for one that finds phases alone.
        backbone: As the next arguments: see ``SegmentFeatures``.
        motion: See there.
        temporal: See there.
        num_segments: ``T``, the positions of a window.
        dropout: Probability in [0, 1] of dropping a feature before the classifiers in training.
        head: What reads the features in time, by name; see ``extensions.py``.
        head_width: Units of each of its directions.
        shift_every: See ``SegmentFeatures``.
        normalization: See there.

    Attributes:
        options: The arguments above; ``TimelineNetwork(**network.options)`` makes a network for the
            same weights.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        num_phases: int,
        num_events: int,
        *,
        backbone: BackboneName = "resnet18",
        motion: Motion = "adaptive",
        temporal: TemporalName = "dptam",
        num_segments: int = 32,
        dropout: float = 0.0,
        head: HeadName = "gru",
        head_width: int = 128,
        shift_every: int | None = None,
        normalization: Normalization = "batch",
    ) -> None:
        if min(num_phases, num_events) < 0 or num_phases + num_events < 1:
            raise ValueError(
                "there must be a phase or an event to find, got "
                f"num_phases {num_phases} and num_events {num_events}"
            )
        super().__init__(
            backbone=backbone,
            motion=motion,
            temporal=temporal,
            num_segments=num_segments,
            shift_every=shift_every,
            normalization=normalization,
        )
        self.temporal_head: nn.Module = find("head", HEADS, head)(self.num_features, head_width)
        self.dropout = nn.Dropout(dropout)
        outputs = sum(count_outputs(num_phases, num_events))
        self.head = nn.Linear(self.temporal_head.num_features, outputs)
        self.options: dict[str, Any] = {
            "num_phases": num_phases,
            "num_events": num_events,
            "backbone": backbone,
            "motion": motion,
            "temporal": temporal,
            "num_segments": num_segments,
            "dropout": dropout,
            "head": head,
            "head_width": head_width,
            "shift_every": self.shift_every,
            "normalization": normalization,
        }

    def forward(self, clips: Tensor) -> Tensor:
        """Returns logits of phases, none of them, events, none of them, ``(B, T, K+1 + E+1)``.

        Args:
            clips: Normalized RGB, floating point, ``(B, T, L, 3, H, W)``.

        Raises:
            ValueError: If the shape is not ``(B, num_segments, frames_per_segment, 3, H, W)``.
        """
        return self._classify(self.features(clips))

    def of_frames(self, frames: Tensor, stride: int) -> Tensor:
        """Returns what ``forward`` returns of positions that begin ``stride`` frames apart.

        Arguments and error as ``features_of_frames``'; motion maps are computed once.
        """
        return self._classify(self.features_of_frames(frames, stride))

    def _classify(self, features: Tensor) -> Tensor:
        return self.head(self.dropout(self.temporal_head(features)))


def count_outputs(num_phases: int, num_events: int) -> tuple[int, int]:
    """Returns the outputs for phases, ``K+1``, and for events, ``E+1``; 0 where there are none.

    The one more of each is for no phase and for no event, and comes last.
    """
    return num_phases + 1 if num_phases else 0, num_events + 1 if num_events else 0
