#!/usr/bin/env bash
# The zoo's MIE-Net on Diving48; the authors report 80.2 top-1, 98.17 top-5. Argument: its file.
. "$(dirname "$0")/../../zoo.sh"
test_model diving48 MIE mie_net 48 8 "$@"
