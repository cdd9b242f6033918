"""Two real processes, one of which fails while the other waits where no signal reaches it."""

import subprocess
import sys
from pathlib import Path

import pytest

from seg_plugins.commands.ending_together import EndingTogether

ROOT = Path(__file__).parents[2]
RANK = """
import sys, threading
import torch, torch.distributed as dist
from seg_plugins.commands.ending_together import EndingTogether
from seg_plugins.commands.user_errors import run_tool
rank, failing, waits, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)

def main():
    with EndingTogether(poll=0.1, grace=2.0) as together:
        together.watch()
        if rank == failing:
            raise FileNotFoundError(2, "No such file", "image_7.png")
        if waits == "collective":
            dist.all_reduce(torch.ones(1))
        else:
            threading.Event().wait()

sys.exit(run_tool(main))
"""


@pytest.mark.parametrize("failing, waits", [(1, "collective"), (0, "elsewhere"), (1, "elsewhere")])
def test_a_failure_of_one_rank_ends_the_other_with_its_message(tmp_path, failing, waits):
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, str(rank), str(failing), waits, str(tmp_path)],
            cwd=ROOT, stderr=subprocess.PIPE, text=True,
        )
        for rank in (0, 1)
    ]  # fmt: skip
    try:
        said = [process.communicate(timeout=300)[1] for process in ranks]
    finally:
        for process in ranks:
            process.kill()
    assert [process.returncode for process in ranks] == [2, 2]
    assert "error: image_7.png: No such file" in said[failing]
    assert f"ended because rank {failing} failed: image_7.png: No such file" in said[1 - failing]


def test_one_process_is_not_watched():
    with EndingTogether() as together:
        together.watch()
    with pytest.raises(RuntimeError, match="own"), EndingTogether() as together:
        together.watch()
        raise RuntimeError("own")
