"""Whole pictures from interlaced video, which stores the even and odd lines of two moments."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import av
from av.filter import Graph
from av.video.frame import VideoFrame

Numbered = tuple[int, VideoFrame]


def with_neighbors(wanted: Sequence[int], num_frames: int) -> list[int]:
    """Returns the frames that deinterlacing the wanted ones needs, each with both its neighbors."""
    needed = {near for index in wanted for near in (index - 1, index, index + 1)}
    return sorted(index for index in needed if 0 <= index < num_frames)


def deinterlaced(frames: Iterable[Numbered], wanted: Sequence[int]) -> Iterator[Numbered]:
    """Yields the wanted frames, deinterlaced by FFmpeg's bwdif where they are marked interlaced.

    The filter looks at the frame before and the one after, and at no others: so a frame comes out
    the same whichever are asked for.

    Args:
        frames: Numbered frames in rising order: ``with_neighbors`` of the wanted.
        wanted: Numbers in rising order.
    """
    asked = set(wanted)
    graph: Graph | None = None
    waiting: list[int] = []  # pushed but not yet out: the filter holds back one frame
    last = -1
    for index, frame in frames:
        if graph is None or index != last + 1:
            yield from _rest(graph, waiting, asked)
            graph, waiting = _make_graph(frame), []
        last = index
        waiting.append(index)
        graph.vpush(frame)
        for out in _pull(graph):
            number = waiting.pop(0)
            if number in asked:
                yield number, out
    yield from _rest(graph, waiting, asked)


def _rest(graph: Graph | None, waiting: list[int], asked: set[int]) -> Iterator[Numbered]:
    """Yields what a graph still holds."""
    if graph is None or not waiting:
        return
    graph.vpush(None)
    for number, out in zip(list(waiting), _pull(graph), strict=False):
        if number in asked:
            yield number, out


def _make_graph(frame: VideoFrame) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width,
        height=frame.height,
        format=frame.format,
        time_base=frame.time_base or Fraction(1, 25),
    )
    bwdif = graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
    graph.link_nodes(source, bwdif, graph.add("buffersink")).configure()
    return graph


def _pull(graph: Graph) -> Iterator[VideoFrame]:
    """Yields the frames that a graph has ready."""
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
