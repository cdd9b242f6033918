#!/usr/bin/env bash
# Train under Slurm, one task per GPU; waits for the end, or with REQUEUE=1 submits, and prints the job id and its log.
#
#   [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS="..."] [REQUEUE=1] \
#       tools/slurm_train.sh PARTITION JOB_NAME CONFIG [train.py options]
#
# GPUS_PER_NODE=0 asks for no GPU: GPUS is then the number of CPU tasks. A requeued job is told by USR2 two minutes
# before its time limit, saves, and goes on from there; SRUN_ARGS="--time=60 --signal=USR1@300" changes that.
[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
source "$(dirname "$0")/slurm_submit.sh"
submit "$1" "$2" tools/train.py "${@:3}"
