"""Where a network looked: Grad-CAM on the last maps of the backbone.

Source: R. R. Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", 2017; computed by Captum.
Shapes: ``T`` segments or positions, ``L`` frames of each, ``S`` pixels, ``h w`` of the last maps:
S / 32.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mienet.data.transforms import normalize
from mienet.errors import MissingExtraError
from mienet.models.backbones import find_backbone
from mienet.recognizer import NetworkRecognizer
from mienet.timeline_recognizer import NetworkTimelineRecognizer


def require_captum() -> None:
    """Finds out whether Captum is there, before anything is computed.

    Raises:
        MissingExtraError: If it is not.
    """
    try:
        import captum.attr  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("an explanation", "explain", error) from error


def grad_cam(
    recognizer: NetworkRecognizer | NetworkTimelineRecognizer,
    clip: Tensor,
    target: int | tuple[int, int],
) -> NDArray[np.float32]:
    """Returns how much each place of each segment speaks for a logit, from 0, ``(T, h, w)``.

    Each channel of the last maps is weighed by the mean gradient of the logit in the segment, and
    what remains below 0 is left out, as what speaks against the logit is not shown. The values
    compare within a clip or window, its segments included; between these and logits they do not.

    Args:
        recognizer: Its batch-norm may be folded.
        clip: A clip, or a window of a recording, uint8, ``(T, L, 3, S, S)``.
        target: Which logit: the class, or, of a recording, the position and the output there.

    Raises:
        MissingExtraError: If Captum is not installed.
    """
    require_captum()
    from captum.attr import LayerGradCam

    network = recognizer.network
    stage = find_backbone(network.options["backbone"]).last_stage
    # Gradients exist outside of inference mode alone, wherever the clip comes from. Those of a
    # recurrent head cuDNN computes in training alone; PyTorch's own kernels always do.
    with (
        torch.inference_mode(False),
        torch.enable_grad(),
        torch.backends.cudnn.flags(enabled=False),
    ):
        clips = normalize(clip[None].clone().to(recognizer.device)).to(network.head.weight.dtype)
        cam = LayerGradCam(network, network.backbone.get_submodule(stage))
        heat = cam.attribute(clips, target=target, relu_attributions=True)  # (T, 1, h, w)
    return heat[:, 0].detach().float().cpu().numpy()
