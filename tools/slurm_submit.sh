# Sourced by slurm_train.sh and slurm_test.sh.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
job=$root/seg_plugins/cluster/job.sbatch
[ -f "$job" ] || job=$root/../cluster/job.sbatch # an installed package has its tools in .mim

submit() { # PARTITION JOB_NAME SCRIPT ARGUMENTS...
    local partition=$1 name=$2 script=$root/$3 tool=srun
    shift 3
    [ -z "${REQUEUE:-}" ] || tool=sbatch
    command -v "$tool" >/dev/null || {
        echo "$tool is not on PATH: run this on a login node of a Slurm cluster;" \
            "without Slurm use tools/dist_train.sh or tools/train.py" >&2
        exit 2
    }
    local known
    known=$(sinfo -h -o %R | sort -u)
    grep -qxF -- "$partition" <<<"$known" || {
        echo "partition '$partition' does not exist on this cluster; it has: $(tr '\n' ' ' <<<"$known")" >&2
        exit 2
    }
    export PYTHONPATH=$(dirname "$(dirname "$(dirname "$job")")")${PYTHONPATH:+:$PYTHONPATH}
    # Errors in the config, the checkpoint or an option are reported now, not after a wait in the queue.
    python -c 'import sys; from seg_plugins.commands.start import check; sys.exit(check())' \
        "$(basename "$script" .py)" "$@" --launcher slurm || exit
    local gpus=${GPUS:-8} args
    local per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
    if [ "$per_node" -ne 0 ] && ! sinfo -h -p "$partition" -o %G | grep -q gpu; then
        echo "partition '$partition' has no GPUs: set GPUS_PER_NODE=0 to run on CPUs. GPUS is then the number" \
            "of tasks, such as: GPUS=1 GPUS_PER_NODE=0 tools/slurm_${script##*/}" | sed 's/\.py$/.sh .../' >&2
        exit 2
    fi
    args=(--partition="$partition" --job-name="$name" --ntasks="$gpus" --cpus-per-task="${CPUS_PER_TASK:-5}")
    [ "$per_node" -eq 0 ] || args+=(--gres="gpu:$per_node" --ntasks-per-node="$per_node")
    if [ -z "${REQUEUE:-}" ]; then
        # shellcheck disable=SC2086  # several words
        exec srun "${args[@]}" --kill-on-bad-exit=1 ${SRUN_ARGS:-} python -u "$script" "$@" --launcher slurm
    fi
    [ "${script##*/}" != train.py ] || set -- "$@" --resume
    mkdir -p work_dirs/slurm
    local id
    # shellcheck disable=SC2086
    id=$(sbatch --parsable "${args[@]}" --requeue --open-mode=append --signal=USR2@120 \
        --output=work_dirs/slurm/%x-%j.log ${SRUN_ARGS:-} "$job" "$(command -v python)" "$script" "$@")
    echo "$id"
    echo "log: $PWD/work_dirs/slurm/$name-${id%%;*}.log; queue: squeue -j ${id%%;*}" >&2
}
