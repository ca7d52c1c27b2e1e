"""The published key layouts: how others name the tensors that we name otherwise, one table each.

Names are matched whole, without DataParallel's ``module.``. A layout is a file's own if every name
fits and one of them is its mark.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor

from mienet.extensions import Motion, TemporalName

Names = tuple[tuple[str, str], ...]
"""Patterns of published names, and what becomes of them here."""


@dataclass(frozen=True)
class Layout:
    """How one code names the tensors of one network.

    Attributes:
        name: Of the network, for messages.
        motion: What its ResNet sees.
        temporal: Its temporal module.
        mark: A name that tells it from layouts with fewer names.
        names: Its names and ours.
        unused: Names whose tensors the published ``forward`` never uses, or that cancel.
    """

    name: str
    motion: Motion
    temporal: TemporalName
    mark: str
    names: Names
    unused: tuple[str, ...] = ()

    def rename(self, state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str]]:
        """Returns the tensors under our names, and the names that do not fit."""
        weights, unknown = {}, []
        for published, tensor in state.items():
            if self.ignores(published):
                continue
            ours = self._ours(published)
            if ours is None or ours in weights:
                unknown.append(published)
            else:
                weights[ours] = tensor
        return weights, unknown

    def marks(self, names: Iterable[str]) -> bool:
        """Returns whether a name among them is this layout's mark."""
        return any(re.fullmatch(self.mark, name) for name in names)

    def ignores(self, published: str) -> bool:
        """Returns whether a name is one of the unused."""
        return any(re.fullmatch(pattern, published) for pattern in self.unused)

    def _ours(self, published: str) -> str | None:
        for pattern, ours in self.names:
            if match := re.fullmatch(pattern, published):
                return match.expand(ours)
        return None


_BLOCK = r"(layer\d\.\d+)"
_LAYER = r"((?:conv|bn)[123]\.\w+|downsample\.[01]\.\w+)"

# TSN's code, and what grew from it: TSM's, TAM's, PAN's and MIE-Net's.
_STEM: Names = ((r"base_model\.((?:conv|bn)1\.\w+)", r"backbone.\1"),)
_BLOCKS: Names = ((rf"base_model\.{_BLOCK}\.{_LAYER}", r"backbone.\1.\2"),)
_SHIFTED_BLOCKS: Names = (
    (rf"base_model\.{_BLOCK}\.conv1\.net\.(.+)", r"backbone.\1.conv1.\2"),
    *_BLOCKS,
)
_WRAPPED_BLOCKS: Names = ((rf"base_model\.{_BLOCK}\.net\.{_LAYER}", r"backbone.\1.\2"),)
_HEAD: Names = (
    (r"new_fc\.(weight|bias)", r"head.\1"),
    (r"base_model\.fc\.(weight|bias)", r"head.\1"),  # where it was trained without dropout
)
_MOTION: Names = ((r"PA\.shallow_conv\.weight", r"motion.conv.weight"),)
_MOTION_UNUSED = (r"PA\.shallow_conv\.bias",)  # cancels in the difference of two frames
_VAP: Names = (
    (r"base_model\.fc\.TES\.([02])\.weight", r"consensus.weigh.\1.weight"),
    (r"base_model\.fc\.pred\.(weight|bias)", r"head.\1"),
)
_GLOBAL = r"backbone.\1.attention.global_branch.\2"
_LOCAL = r"backbone.\1.attention.local_branch.\2"
_TAM: Names = (
    (rf"base_model\.{_BLOCK}\.(?:tam\.G|self_conv\.conv_f)\.(.+)", _GLOBAL),
    (rf"base_model\.{_BLOCK}\.(?:tam\.L|self_conv\.conv_g)\.(.+)", _LOCAL),
)
_DPTAM: Names = (
    (r"w", r"fusion.weights"),
    (rf"base_model\.{_BLOCK}\.tlam\.p1_conv1\.(.+)", r"backbone.\1.attention.project.\2"),
    (rf"base_model\.{_BLOCK}\.tlam\.dptam\.(.+)", r"backbone.\1.attention.excite.\2"),
)
_DPTAM_UNUSED = (r"PA\.conv[123]\..+", rf"base_model\.{_BLOCK}\.tlam\.conv_mask\..+")


def _mm(block: str) -> Names:
    """Returns mmaction2's names, ``block`` standing between a ResNet's block and its layers."""
    path = rf"backbone\.{_BLOCK}\.{block}"
    return (
        (r"backbone\.conv1\.conv\.(.+)", r"backbone.conv1.\1"),
        (r"backbone\.conv1\.bn\.(.+)", r"backbone.bn1.\1"),
        (rf"{path}conv([123])\.conv\.(weight)", r"backbone.\1.conv\2.\3"),
        (rf"{path}conv([123])\.bn\.(.+)", r"backbone.\1.bn\2.\3"),
        (rf"{path}downsample\.conv\.(.+)", r"backbone.\1.downsample.0.\2"),
        (rf"{path}downsample\.bn\.(.+)", r"backbone.\1.downsample.1.\2"),
        (r"cls_head\.fc_cls\.(weight|bias)", r"head.\1"),
    )


_MM_SHIFT: Names = ((rf"backbone\.{_BLOCK}\.conv1\.conv\.net\.(.+)", r"backbone.\1.conv1.\2"),)
_MM_TAM: Names = (
    (rf"backbone\.{_BLOCK}\.tam\.G\.(.+)", _GLOBAL),
    (rf"backbone\.{_BLOCK}\.tam\.L\.(.+)", _LOCAL),
)

LAYOUTS = (
    Layout(
        "TSN", "none", "none",
        mark=r"base_model\.layer1\.0\.conv1\.weight",
        names=(*_STEM, *_BLOCKS, *_HEAD),
    ),
    Layout(
        "TSM", "none", "shift",
        mark=r".*\.conv1\.net\.weight",
        names=(*_STEM, *_SHIFTED_BLOCKS, *_HEAD),
    ),
    Layout(
        "TANet", "none", "tam",
        mark=r".*\.(tam\.G|self_conv\.conv_f)\.0\.weight",
        names=(*_STEM, *_WRAPPED_BLOCKS, *_TAM, *_HEAD),
    ),
    Layout(
        "PAN-Lite", "concat", "shift",
        mark=r"PA\.shallow_conv\.weight",
        names=(*_STEM, *_SHIFTED_BLOCKS, *_MOTION, *_VAP, *_HEAD),
        unused=_MOTION_UNUSED,
    ),
    # The authors' DPTAM comes from the same class; see ``released.py`` for how they are told apart.
    Layout(
        "MIE-Net", "adaptive", "dptam",
        mark=r".*\.tlam\.dptam\.0\.weight",
        names=(*_STEM, *_WRAPPED_BLOCKS, *_MOTION, *_DPTAM, *_HEAD),
        unused=(*_MOTION_UNUSED, *_DPTAM_UNUSED),
    ),
    Layout(
        "TSN (mmaction2)", "none", "none",
        mark=r"backbone\.layer1\.0\.conv1\.conv\.weight",
        names=_mm(""),
    ),
    Layout(
        "TSM (mmaction2)", "none", "shift",
        mark=r".*\.conv1\.conv\.net\.weight",
        names=(*_MM_SHIFT, *_mm("")),
    ),
    Layout(
        "TANet (mmaction2)", "none", "tam",
        mark=r".*\.tam\.G\.0\.weight",
        names=(*_MM_TAM, *_mm(r"block\.")),
    ),
)  # fmt: skip

IMAGENET = Layout(
    "ImageNet's ResNet (torchvision)", "none", "none",
    mark=r"(conv1|layer\d\.\d+\.conv1)\.weight",
    names=((rf"((?:conv|bn)1\.\w+|{_BLOCK}\.{_LAYER})", r"backbone.\1"),),
    unused=(r"fc\.(weight|bias)",),
)  # fmt: skip
"""A start of training, not a network of the family; it may be partial."""
