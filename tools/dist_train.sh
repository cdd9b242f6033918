#!/usr/bin/env bash
# Train with several processes on this machine: dist_train.sh CONFIG GPUS [options of train.py]
# On several machines, set NNODES, NODE_RANK, MASTER_ADDR and PORT on each. Without CUDA, the processes share the CPU.
set -euo pipefail
CONFIG=${1:?usage: dist_train.sh CONFIG GPUS [options]}
GPUS=${2:?usage: dist_train.sh CONFIG GPUS [options]}
NNODES=${NNODES:-1}
NODE_RANK=${NODE_RANK:-0}
PORT=${PORT:-29500}
MASTER_ADDR=${MASTER_ADDR:-127.0.0.1}
TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# torchrun would set one thread per process, independently of the number of cores.
CORES=$(nproc)
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$((CORES > GPUS ? CORES / GPUS : 1))}

PYTHONPATH="$(dirname "$TOOLS")${PYTHONPATH:+:$PYTHONPATH}" exec python -m torch.distributed.run \
    --nnodes="$NNODES" --node_rank="$NODE_RANK" --master_addr="$MASTER_ADDR" --master_port="$PORT" \
    --nproc_per_node="$GPUS" \
    "$TOOLS/train.py" "$CONFIG" --launcher pytorch "${@:3}"
