#!/usr/bin/env bash
# MIE-Net on SLJD with the authors' figures. Arguments: options of mienet train.
. "$(dirname "$0")/../../zoo.sh"
train_model SLJD sljd "$@"
