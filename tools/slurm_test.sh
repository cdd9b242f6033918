#!/usr/bin/env bash
# Test under Slurm, with one task per GPU. Waits for the end; with REQUEUE=1, submits and prints the job id and its log.
#
#   [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5] [SRUN_ARGS="..."] [REQUEUE=1] \
#       tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [test.py options]
#
# GPUS_PER_NODE=0 requests no GPU: GPUS is then the number of CPU tasks.
[ $# -ge 4 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
source "$(dirname "$0")/slurm_submit.sh"
submit "$1" "$2" tools/test.py "${@:3}"
