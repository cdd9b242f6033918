#!/usr/bin/env bash
# Checks the GPUs of this node, in 4 minutes with --quick and else in 10; see seg_plugins/commands/gpu_check.py.
set -euo pipefail
exec python "$(dirname "${BASH_SOURCE[0]}")/gpu_check.py" "$@"
