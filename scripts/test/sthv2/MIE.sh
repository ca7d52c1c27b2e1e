#!/usr/bin/env bash
# The zoo's MIE-Net on Something-Something V2; reported: 60.9 top-1, 86.9 top-5. Argument: its file.
. "$(dirname "$0")/../../zoo.sh"
test_model sthv2 MIE mie_net 174 8 "$@"
