#!/usr/bin/env bash
# Train under Slurm, with one task per GPU. Waits for the end; with REQUEUE=1, submits and prints the job id and its log.
#
#   [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS="..."] [REQUEUE=1] \
#       tools/slurm_train.sh PARTITION JOB_NAME CONFIG [train.py options]
#
# GPUS_PER_NODE=0 requests no GPU: GPUS is then the number of CPU tasks. Signal USR2 asks a requeued job to stop two
# minutes before its time limit; it saves and continues later. SRUN_ARGS="--time=60 --signal=USR1@300" changes this.
[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
source "$(dirname "$0")/slurm_submit.sh"
submit "$1" "$2" tools/train.py "${@:3}"
