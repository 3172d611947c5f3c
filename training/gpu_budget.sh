#!/bin/bash
# Trains, measures and exports within a number of minutes on a machine with one large GPU and many cores.
#   training/gpu_budget.sh 28 [FOLDER FOR RESULTS]
# Needs this folder with packed/stills.npz (20 MB) and a Python with the packages of requirements.txt (CUDA torch).
set -euo pipefail
cd "$(dirname "$0")"
minutes=${1:?minutes} results=${2:-runs/gpu-results}
python=${PYTHON:-python3} workers=$(( $(nproc) - 2 ))
export OPENCV_FOR_THREADS_NUM=1 OMP_NUM_THREADS=1

# Scenes: one shard a core; training starts on the stills at once and takes the shards in as they appear.
for seed in $(seq 1 "$(nproc)"); do "$python" scenes.py --count 1200 --seed "$seed" & done

share() { "$python" -c "print($minutes * $1)"; }
start=()
if [ -f runs/start.pt ]; then start=(--start runs/start.pt); fi # go on from known weights where there are some
"$python" train.py --run gpu-stills --stage stills --minutes "$(share 0.25)" --batch-scale 8 --side 256 --workers "$workers" "${start[@]}"
"$python" train.py --run gpu-clips --stage clips --minutes "$(share 0.45)" --batch-scale 8 --side 256 --workers "$workers" --start runs/gpu-stills/checkpoint.pt
"$python" train.py --run gpu-finish --stage finish --minutes "$(share 0.22)" --batch-scale 8 --side 384 --workers "$workers" --start runs/gpu-clips/checkpoint.pt
mkdir -p "$results"
cp runs/gpu-finish/checkpoint.pt "$results/"
cp runs/gpu-stills/log.jsonl "$results/stills.jsonl"
cp runs/gpu-clips/log.jsonl "$results/clips.jsonl"
cp runs/gpu-finish/log.jsonl "$results/finish.jsonl"
"$python" evaluate.py runs/gpu-finish/checkpoint.pt choosing --threads "$(nproc)" > "$results/choosing.json"
"$python" evaluate.py runs/gpu-finish/checkpoint.pt calibration --side 384 --threads "$(nproc)" > "$results/calibration.json"
