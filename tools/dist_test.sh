#!/usr/bin/env bash
# Test with several processes on this machine: dist_test.sh CONFIG CHECKPOINT GPUS [options of test.py]
# On several machines, set NNODES, NODE_RANK, MASTER_ADDR and PORT on each. Without CUDA, the processes share the CPU.
set -euo pipefail
CONFIG=${1:?usage: dist_test.sh CONFIG CHECKPOINT GPUS [options]}
CHECKPOINT=${2:?usage: dist_test.sh CONFIG CHECKPOINT GPUS [options]}
GPUS=${3:?usage: dist_test.sh CONFIG CHECKPOINT GPUS [options]}
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
    "$TOOLS/test.py" "$CONFIG" "$CHECKPOINT" --launcher pytorch "${@:4}"
