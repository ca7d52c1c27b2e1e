"""Temporal shift before a block's first convolution, and DPTAM behind it.

DPTAM sees one number per channel and segment, so where something moves to must be told by the
motion maps alone; shifted channels let every convolution compare neighboring segments at each
place. Both are as their papers have them (see ``baselines.py`` and ``attention.py``), and together
they need no more parameters or multiplications than DPTAM. Not in the paper; one of the two things
that ``mie_net_plus`` adds to MIE-Net, and docs/results.md has what it is worth.
"""

from mienet.models.attention import DPTAM
from mienet.models.baselines import SHIFT
from mienet.models.temporal import TemporalModule

SHIFT_DPTAM = TemporalModule(shift=SHIFT.shift, attention=DPTAM.attention)
