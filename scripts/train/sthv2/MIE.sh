#!/usr/bin/env bash
# MIE-Net on Something-Something V2, the authors' figures. Arguments: options of mienet train.
. "$(dirname "$0")/../../zoo.sh"
train_model sthv2 something_v2 "$@"
