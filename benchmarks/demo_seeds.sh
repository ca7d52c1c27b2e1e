#!/usr/bin/env bash
# The demo of clips for seeds 0 to 4, and TSN for comparison. About an hour. The README's table was run with one
# thread, and TSN for seed 0 alone:
#   OMP_NUM_THREADS=1 bash benchmarks/demo_seeds.sh OUT
set -euo pipefail
out=${1:?"usage: bash benchmarks/demo_seeds.sh OUT"}
for seed in 0 1 2 3 4; do
    mienet demo --clips --out "$out/mie_net_$seed" --seed "$seed"
    mienet demo --clips --out "$out/tsn_$seed" --seed "$seed" --rgb-only true
done
grep -H '"top1"' "$out"/*/evaluation/test/metrics.json
