"""A small picture of a clip, for reports."""

import cv2
import numpy as np

from mienet.annotations.records import VideoRecord
from mienet.data.intervals import frame_range
from mienet.video.reader import VideoFile, open_video

SHORT_SIDE = 114
QUALITY = 80


def thumbnail(record: VideoRecord) -> bytes:
    """Returns a frame from a clip's middle as a JPEG, or nothing if it cannot be read."""
    try:
        with open_video(record.path, frame_pattern=record.frame_pattern) as video:
            first, num_frames = frame_range(record, video)
            index = first + num_frames // 2
            if isinstance(video, VideoFile) and first <= video.middle_keyframe < first + num_frames:
                index = video.middle_keyframe  # need not be decoded from frames before it
            image = video.read([index], short_side=SHORT_SIDE)[0]
    except Exception:  # whatever it is, the check of the videos reports it
        return b""
    image = np.ascontiguousarray(image[:, :, ::-1])
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
