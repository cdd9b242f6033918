import platform
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told")
def test_freed_memory_serves_the_next_tensor():
    script = """
import resource, sys, torch
from seg_plugins.ops.cpu.freed_memory import keep_freed_memory, return_freed_memory
def faults():  # pages that the kernel had to clear for 40 MB that were freed before
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(10_000_000)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
before, told = faults(), keep_freed_memory()
kept = min(faults() for _ in range(5))  # the first rounds make room
return_freed_memory()
print(before, told, kept, max(faults() for _ in range(5)))
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    before, told, kept, after = done.stdout.split()[-4:]
    assert told == "True" and int(kept) < 10
    if "[always]" not in Path("/sys/kernel/mm/transparent_hugepage/enabled").read_text():
        assert int(before) > 1000 and int(after) > 1000
