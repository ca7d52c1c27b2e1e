#!/usr/bin/env bash
# The zoo's DPTAM on SLJD; the authors report 90.69 top-1, 98.99 top-5. Argument: its file.
. "$(dirname "$0")/../../zoo.sh"
test_model SLJD DPTAM dptam 10 3 "$@"
