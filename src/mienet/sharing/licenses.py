"""Licenses by the names that the hub takes in a card; with any other it refuses the card.

They are listed at https://huggingface.co/docs/hub/repositories-licenses; those of single language
models, such as gemma, are left out. ``other`` stands for all that have no name there.
"""

import re

from mienet.errors import MienetError

CREATIVE_COMMONS = """
    cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0
    cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
    cc-by-nc-sa-3.0 cc-by-nc-sa-4.0"""
DATA = """
    cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 c-uda etalab-2.0 odc-by odbl pddl"""
MODELS = """
    openrail openrail++ bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m openmdw-1.0 openmdw-1.1 h-research intel-research apple-amlr
    deepfloyd-if-license fair-noncommercial-research-license lgpl-lr"""
PROGRAMS = """
    apache-2.0 mit afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear
    wtfpl ecl-2.0 epl-1.0 epl-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1
    lgpl-3.0 isc lppl-1.3c ms-pl apple-ascl mpl-2.0 osl-3.0 postgresql ofl-1.1 ncsa unlicense
    zlib"""
LICENSES = frozenset(f"{CREATIVE_COMMONS} {DATA} {MODELS} {PROGRAMS} unknown other".split())


def require_license(name: str) -> None:
    """Raises an error unless the hub knows a license by this name.

    Raises:
        MienetError: If it does not.
    """
    if name in LICENSES:
        return
    spelled = re.sub(r"[\s_]+", "-", name.strip().lower())
    near = f" (did you mean {spelled}?)" if spelled in LICENSES else ""
    raise MienetError(
        f"license {name!r} is none of the hub's{near}, which are apache-2.0, mit, cc-by-4.0, "
        "cc-by-nc-4.0 and others at https://huggingface.co/docs/hub/repositories-licenses; for any "
        "other give other, and say which in the file of --about"
    )
