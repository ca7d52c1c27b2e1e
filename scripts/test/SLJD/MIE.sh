#!/usr/bin/env bash
# The zoo's MIE-Net on SLJD; the authors report 94.48 top-1, 99.65 top-5. Argument: its file.
. "$(dirname "$0")/../../zoo.sh"
test_model SLJD MIE mie_net 10 3 "$@"
