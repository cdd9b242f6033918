"""The fast preset: add this file to a leaf's `_base_`, or set `--cfg-options fast=True`.

Each line is one switch; for example, `--cfg-options fast.compile=True` turns on a single one.
"""

fast = dict(
    autocast="auto",  # bfloat16 where the CPU or GPU has it, else float32; or "bfloat16", "float16", False
    channels_last=True,
    fused=True,  # the optimiser's fused kernel
    chunked_loss=True,  # cross entropy without full-size logits
    compile=False,  # torch.compile of backbone and neck: needs a compiler, pays off in long runs
)
