#!/usr/bin/env bash
# MIE-Net on Diving48 with the authors' figures. Arguments: options of mienet train.
. "$(dirname "$0")/../../zoo.sh"
train_model diving48 diving48 "$@"
