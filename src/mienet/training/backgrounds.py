"""Training clips before other backgrounds, so that less is learned from rooms and more from motion.

Source: J. Wang et al., "Removing the Background by Adding the Background: Towards Background Robust
Self-supervised Video Representation Learning", 2021, section 3.2. There the still frame is of the
same video, and a second loss pulls the features of both together; here it is of another one, and
the label stays.
"""

import torch
from torch import Tensor


def mix_backgrounds(clips: Tensor, most: float) -> Tensor:
    """Returns clips, uint8, each with a random frame of another one mixed into all of its frames.

    The frame stands still, so that differences of neighboring frames lose strength and nothing
    else. Its share is drawn for each clip, evenly from 0 to ``most``.

    Args:
        clips: uint8, ``(B, T, L, C, H, W)``; a single clip is mixed with a frame of its own.
        most: Largest share of the frame, in [0, 1]; 0 returns the clips as they are.
    """
    if not most:
        return clips
    num_clips, num_segments, num_frames = clips.shape[:3]
    order = torch.randperm(num_clips)
    others = torch.empty_like(order)
    others[order] = order.roll(1)  # each clip has another one's frame
    segments = torch.randint(num_segments, (num_clips,))
    stills = clips[others, segments, torch.randint(num_frames, (num_clips,))]  # (B, C, H, W)
    shares = most * torch.rand(num_clips, 1, 1, 1, 1, 1, device=clips.device)
    return torch.lerp(clips.float(), stills[:, None, None].float(), shares).round_().to(torch.uint8)
