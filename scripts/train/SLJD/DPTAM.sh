#!/usr/bin/env bash
# DPTAM on SLJD with the authors' figures. Arguments: options of mienet train.
. "$(dirname "$0")/../../zoo.sh"
train_model SLJD sljd --model.motion concat "$@"
