"""Mixed precision on CPU and GPU in one class that checks the gradient before every step."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from mmengine.dist import all_reduce
from mmengine.optim import OptimWrapper
from mmseg.registry import OPTIM_WRAPPERS
from torch import Tensor, nn

__all__ = [
    "CPU_INFO",
    "DTYPES",
    "AutocastOptimWrapper",
    "bf16_is_faster",
    "cpu_prefers_bf16",
    "resolve_dtype",
]

CPU_INFO = Path("/proc/cpuinfo")
DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def bf16_is_faster(cpuinfo: str) -> bool:
    """Return whether `/proc/cpuinfo` names a CPU whose convolutions are faster in bfloat16 than float32.

    This holds with AMX, AMD's AVX512-BF16 and Arm's bf16. Intel's AVX512-BF16 without AMX, which many virtual
    machines report, is excluded: oneDNN's 3x3 convolutions of 16 to 192 channels, forward and backward, took
    1.7 to 1.9 times as long as in float32.

    >>> bf16_is_faster("vendor_id : GenuineIntel flags : avx512_bf16 amx_bf16")
    True
    >>> bf16_is_faster("vendor_id : GenuineIntel flags : avx512_bf16")
    False
    >>> bf16_is_faster("vendor_id : AuthenticAMD flags : avx512_bf16")
    True
    """
    words = set(cpuinfo.split())
    return bool({"amx_bf16", "bf16"} & words) or {"AuthenticAMD", "avx512_bf16"} <= words


@lru_cache(maxsize=1)
def cpu_prefers_bf16() -> bool:
    """Return whether this CPU is faster in bfloat16; False if the system does not say."""
    return CPU_INFO.exists() and bf16_is_faster(CPU_INFO.read_text())


def resolve_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """Return the dtype that autocast uses on `device`.

    Args:
        dtype: "auto", "bfloat16", "float16" or "float32". "auto" is bfloat16 if the device is faster in it
            (CPU: `bf16_is_faster`; CUDA: compute capability 8.0), else float32.
        device: Device of the parameters.

    Raises:
        ValueError: If `dtype` is unknown.
    """
    if dtype != "auto":
        if dtype not in DTYPES:
            raise ValueError(
                f"optim_wrapper.dtype={dtype!r}: choose one of 'auto', {', '.join(map(repr, DTYPES))}"
            )
        return DTYPES[dtype]
    if device.type == "cuda":
        fast = torch.cuda.get_device_capability(device)[0] >= 8
    else:
        fast = device.type == "cpu" and cpu_prefers_bf16()
    return torch.bfloat16 if fast else torch.float32


@OPTIM_WRAPPERS.register_module()
class AutocastOptimWrapper(OptimWrapper):
    """`OptimWrapper` whose forward pass runs under autocast, on CPU and GPU alike.

    Clipping, accumulation and state dictionaries are upstream's. With float16 the loss is scaled as in
    `AmpOptimWrapper`; the other types need no scaling.

    Args:
        dtype: "auto", "bfloat16", "float16" or "float32"; see `resolve_dtype`.
        loss_scale: For float16: "dynamic", a fixed scale, or arguments of `torch.amp.GradScaler`.
        skip_nonfinite: Leave the parameters unchanged if loss or gradient is NaN or infinite.
            `NonFiniteGuardHook` turns this on and counts the skipped steps.
        **kwargs: `optimizer`, `accumulative_counts` and `clip_grad` of `OptimWrapper`.

    Attributes:
        skipped: Whether the last call of `step` left the parameters unchanged.
        grad_norm: L2 norm of the unscaled gradient at the last checked step; None before the first.
        loss_is_finite: Whether the loss of that step was finite in every process.
        loss_sum: Sum of the batch losses since that step.
    """

    def __init__(
        self,
        dtype: str = "auto",
        loss_scale: str | float | dict[str, Any] = "dynamic",
        skip_nonfinite: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.device = self.optimizer.param_groups[0]["params"][0].device
        self.cast_dtype = resolve_dtype(dtype, self.device)
        self.skip_nonfinite = skip_nonfinite
        self.skipped = False
        self.grad_norm: float | None = None
        self.loss_is_finite = True
        self.loss_sum: float | Tensor = 0.0
        self.fixed_scale = float(loss_scale) if isinstance(loss_scale, int | float) else None
        options = dict(loss_scale) if isinstance(loss_scale, dict) else {}
        if self.fixed_scale is not None:
            options["init_scale"] = self.fixed_scale
        self.loss_scaler = torch.amp.GradScaler(
            self.device.type, enabled=self.cast_dtype == torch.float16, **options
        )

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast the forward pass, inside upstream's context for accumulation."""
        enabled = self.cast_dtype != torch.float32
        with super().optim_context(model), torch.autocast(self.device.type, self.cast_dtype, enabled=enabled):
            yield

    def backward(self, loss: Tensor, **kwargs: Any) -> None:
        """Backpropagate the loss (scaled for float16) and count the step.

        Raises:
            ValueError: There is no loss, or none depends on a parameter.
        """
        if not isinstance(loss, Tensor) or not loss.requires_grad:
            raise ValueError(
                "nothing to train: upstream sums the losses with 'loss' in their names, and the model gave "
                "none that depends on a trainable parameter"
            )
        self.skipped = False
        if self.skip_nonfinite:
            self.loss_sum = self.loss_sum + loss.detach().float()
        self.loss_scaler.scale(loss).backward(**kwargs)
        self._inner_count += 1

    def step(self, **kwargs: Any) -> None:
        """Clip and update the parameters; with `skip_nonfinite`, only if loss and gradient are finite."""
        if self.clip_grad_kwargs or self.skip_nonfinite:
            self.loss_scaler.unscale_(self.optimizer)
        self.skipped = self.skip_nonfinite and not self._is_finite()
        if not self.skipped:
            if self.clip_grad_kwargs:
                self._clip_grad()
            self.loss_scaler.step(self.optimizer, **kwargs)
        self.loss_scaler.update(self.fixed_scale)

    def _is_finite(self) -> bool:
        """Return whether gradient and summed loss are finite on every rank, so that all ranks step or none.

        Gradients are equal on all ranks, losses are not. The device is synchronised once.
        """
        groups = self.optimizer.param_groups
        grads = [p.grad.detach() for group in groups for p in group["params"] if p.grad is not None]
        norms = torch.stack(torch._foreach_norm(grads)) if grads else torch.zeros(1, device=self.device)
        norm = torch.linalg.vector_norm(norms.float())
        total = torch.as_tensor(self.loss_sum).to(norm)
        all_reduce(total)
        self.grad_norm, loss = torch.stack([norm, total]).tolist()
        self.loss_sum = 0.0
        self.loss_is_finite = math.isfinite(loss)
        return self.loss_is_finite and math.isfinite(self.grad_norm)

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the optimiser and, for float16, of the loss scaler."""
        state = super().state_dict()
        if self.loss_scaler.is_enabled():
            state["loss_scaler"] = self.loss_scaler.state_dict()
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load a state of this class, `OptimWrapper` or `AmpOptimWrapper`; the argument is not changed."""
        state = dict(state_dict)
        scaler = state.pop("loss_scaler", None)
        if scaler and self.loss_scaler.is_enabled():
            self.loss_scaler.load_state_dict(scaler)
        super().load_state_dict(state)
