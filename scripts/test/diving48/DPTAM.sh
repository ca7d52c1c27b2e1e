#!/usr/bin/env bash
# The zoo's DPTAM on Diving48; the authors report 77.61 top-1, 96.54 top-5. Argument: its file.
. "$(dirname "$0")/../../zoo.sh"
test_model diving48 DPTAM dptam 48 8 "$@"
