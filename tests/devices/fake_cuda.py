"""A GPU for tests on machines without one.

A `FakeCuda` tensor holds a CPU tensor, computes with it, and says that it lies on `cuda:0`. Within
`fake_cuda()` a computation meets the errors that CUDA raises for tensors on two devices, and every wait of
the CPU for the GPU is recorded. Nothing is said about kernels, memory or speed.

PyTorch itself takes a `FakeCuda` for a tensor on `meta`, since a CPU build has no other device that it could
lie on. The function mode therefore translates `cuda` into `meta` on the way in, and back on the way out.
"""

import sys
from collections import Counter
from contextlib import contextmanager
from functools import lru_cache

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

__all__ = ["CUDA", "FakeCuda", "Waits", "fake_cuda", "on_host"]

CUDA, META = torch.device("cuda", 0), torch.device("meta")
PACKAGES = ("/seg_plugins/", "/mmseg/", "/mmengine/")
ONCE = ("ops/constants.py", "decode_heads/seeded_ham_head.py")
aten = torch.ops.aten
COPIES = {aten.copy_, aten._to_copy}
INDEXING = {aten.index, aten._unsafe_index, aten.index_put, aten.index_put_, aten._index_put_impl_}
TAKE_CPU_SCALARS = {aten.masked_fill, aten.masked_fill_, aten.fill, aten.fill_, aten.where}
FACTS = {
    torch.Tensor.device.__get__: CUDA,
    torch.Tensor.is_cuda.__get__: True,
    torch.Tensor.is_meta.__get__: False,
    torch.Tensor.is_cpu.__get__: False,
}
WAITING = {  # the size or the value of the result is needed on the CPU
    aten._local_scalar_dense, aten.nonzero, aten.masked_select, aten.equal, aten.bincount, aten.unique_dim,
    aten._unique, aten._unique2, aten.unique_consecutive,
}  # fmt: skip


class FakeCuda(torch.Tensor):
    """A tensor on the fake GPU.

    Attributes:
        host: The CPU tensor that holds its values.
    """

    @staticmethod
    def __new__(cls, host):
        made = torch.Tensor._make_wrapper_subclass(
            cls, host.size(), strides=host.stride(), storage_offset=host.storage_offset(), dtype=host.dtype,
            device=META,
        )  # fmt: skip
        made.host = host
        return made

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise RuntimeError(f"{func} of a tensor on the fake GPU outside `fake_cuda()`")

    def __repr__(self):
        return f"FakeCuda({self.host})"


class Waits(Counter):
    """How often the CPU waited for the GPU, by (reason, place in the source)."""

    def note(self, reason):
        self[reason, place()] += 1

    def at(self, *files):
        """Return the number of waits in files (or folders) of the package."""
        return sum(count for (_, where), count in self.items() if where.startswith(files))

    def own(self):
        """Return the number of waits in this package, without those that occur once for a process."""
        others = ("mmseg/", "mmengine/", "elsewhere", *ONCE)
        return sum(count for (_, where), count in self.items() if not where.startswith(others))

    def __str__(self):
        return "\n".join(f"{count} x {reason} at {where}" for (reason, where), count in self.most_common())


def place():
    """Return `file:line` of the innermost call in this package, MMSegmentation or MMEngine."""
    frame = sys._getframe(1)
    while frame is not None:
        for package in PACKAGES:
            if package in (name := frame.f_code.co_filename):
                prefix = "" if package == PACKAGES[0] else package[1:]
                return f"{prefix}{name.rsplit(package, 1)[1]}:{frame.f_lineno}"
        frame = frame.f_back
    return "elsewhere"


def fake(value):
    return FakeCuda(value.detach()) if isinstance(value, torch.Tensor) and not is_fake(value) else value


def is_fake(value):
    return isinstance(value, FakeCuda)


def is_cpu(value):
    return isinstance(value, torch.Tensor) and not is_fake(value)


def on_host(value):
    """Return a value, or nested lists and dictionaries, with the tensors of the fake GPU on the CPU."""
    return tree_map(lambda v: v.host if is_fake(v) else v, value)


def names_gpu(device):
    """Whether a device, or its name, is the fake GPU as PyTorch or as the caller calls it."""
    return isinstance(device, torch.device | str) and str(device).split(":")[0] in ("cuda", "meta")


def lists_as_tensors(index):
    """Return an index with its lists as CPU tensors, which CUDA copies to the GPU."""
    if isinstance(index, tuple):
        return tuple(map(lists_as_tensors, index))
    return torch.tensor(index) if isinstance(index, list) else index


class _Functions(TorchFunctionMode):
    """What Python code calls, before autograd: devices are translated, values leave the GPU."""

    def __init__(self, waits):
        super().__init__()
        self.waits = waits

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        own = self.of_fake(func, args) if args and is_fake(args[0]) else NotImplemented
        if own is not NotImplemented:
            return own
        if func in (torch.tensor, torch.Tensor.new_tensor, torch.as_tensor):
            return self.from_data(func, args, kwargs)
        if func is torch.Tensor.cuda:
            return args[0].to(META)
        if func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__) and is_fake(args[0]):
            args = (args[0], lists_as_tensors(args[1]), *args[2:])
            if isinstance(args[-1], int | float) and len(args) == 3:
                args = (*args[:2], torch.tensor(args[2], dtype=args[0].dtype))  # CUDA passes numbers so
        if func is torch.nn.functional.one_hot and kwargs.get("num_classes", (*args, -1)[1]) != -1:
            return self.one_hot(args[0], kwargs.get("num_classes", (*args, -1)[1]))
        args = [META if names_gpu(a) else a for a in args]
        kwargs = {k: META if k == "device" and names_gpu(v) else v for k, v in kwargs.items()}
        return func(*args, **kwargs)

    def of_fake(self, func, args):
        """Return an attribute or the values of a tensor on the GPU."""
        tensor = args[0]
        if func in FACTS:
            return FACTS[func]
        if func is torch.Tensor.tolist:
            self.waits.note("tolist")
            return tensor.host.tolist()
        if func in (torch.Tensor.numpy, torch.Tensor.__array__):
            raise TypeError(f"can't convert cuda:0 device type tensor to numpy, at {place()}")
        if func == torch.Tensor.data.__set__:
            if not is_fake(args[1]):
                raise RuntimeError(f"data of a tensor on cuda:0 set to one on the CPU, at {place()}")
            tensor.host = args[1].host
        return NotImplemented

    def from_data(self, func, args, kwargs):
        """Make a tensor from numbers: built on the CPU, then copied."""
        like, data = args if func is torch.Tensor.new_tensor else (None, args[0])
        device = kwargs.pop("device", like.device if like is not None else None)
        if func is torch.as_tensor and isinstance(data, torch.Tensor):
            made = data.to(kwargs.get("dtype") or data.dtype)
            return made if device is None else made.to(META if names_gpu(device) else device)
        if like is not None:
            kwargs.setdefault("dtype", like.dtype)
        data = on_host(data)
        made = torch.tensor(data, **kwargs) if func is not torch.as_tensor else func(data, **kwargs)
        if not names_gpu(device):
            return made
        self.waits.note("upload")
        return fake(made).requires_grad_(kwargs.get("requires_grad", False))

    @staticmethod
    def one_hot(index, classes):
        """Encode without the check of values that PyTorch makes on a CPU only."""
        made = index.new_zeros((*index.shape, int(classes)))
        return made.scatter_(-1, index.unsqueeze(-1), 1)


class _Operators(TorchDispatchMode):
    """What PyTorch computes, below autograd: devices are compared, waits are counted."""

    def __init__(self, waits):
        super().__init__()
        self.waits = waits

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        tensors = [t for t in tree_flatten((args, kwargs))[0] if isinstance(t, torch.Tensor)]
        device = kwargs.get("device")
        if not any(map(is_fake, tensors)) and not names_gpu(device):
            return func(*args, **kwargs)
        operator = func.overloadpacket
        self.compare_devices(func, operator, args, tensors)
        self.count(operator, args, kwargs)
        if names_gpu(device):
            kwargs["device"] = torch.device("cpu")
        kwargs.pop("pin_memory", None)
        with torch.no_grad():
            result = func(*on_host(args), **on_host(kwargs))
        if (written := written_argument(func)) is not None:
            return args[written] if written != "out" else kwargs["out"]
        stays = device is not None and not names_gpu(device)
        return result if stays else tree_map(fake, result)

    def compare_devices(self, func, operator, args, tensors):
        """Raise the error of CUDA if tensors of both devices meet in an operator that does not take them."""
        plain = [t for t in tensors if is_cpu(t)]
        if not plain or not any(map(is_fake, tensors)) or operator in COPIES:
            return
        if operator in INDEXING and is_fake(args[0]):
            plain = [t for t in args[2:3] if is_cpu(t)]  # indices may lie on the CPU, values may not
        scalars = operator in TAKE_CPU_SCALARS | INDEXING or torch.Tag.pointwise in func.tags
        writes_cpu = func._schema.name.endswith("_") and is_cpu(args[0])
        if not plain or (scalars and not writes_cpu and all(t.dim() == 0 for t in plain)):
            return
        gpu = [tuple(t.shape) for t in tensors if is_fake(t)]
        raise RuntimeError(
            f"Expected all tensors to be on the same device: {func} of {gpu} on cuda:0 and "
            f"{[tuple(t.shape) for t in plain]} on the CPU, at {place()}"
        )

    def count(self, operator, args, kwargs):
        """Record whether CUDA would make the CPU wait."""
        if operator in WAITING:
            self.waits.note(str(operator).removeprefix("aten."))
        elif operator in INDEXING:
            masks = [
                t for t in args[1] if isinstance(t, torch.Tensor) and t.dtype in (torch.bool, torch.uint8)
            ]
            filled = len(args) > 2 and is_cpu(args[2]) and args[2].numel() == 1  # becomes masked_fill
            if masks and not filled:
                self.waits.note("mask index")
            if any(is_cpu(t) for t in args[1] if t is not None):
                self.waits.note("upload")
        elif operator is aten.repeat_interleave and kwargs.get("output_size") is None:
            self.waits.note("repeat_interleave")
        elif operator in COPIES and not kwargs.get("non_blocking", (*args, False, False)[2] is True):
            target = names_gpu(kwargs.get("device")) if operator is aten._to_copy else is_fake(args[0])
            source = is_fake(args[0] if operator is aten._to_copy else args[1])
            moves = operator is aten.copy_ or kwargs.get("device") is not None
            if moves and source != target:
                self.waits.note("upload" if target else "cpu")


@lru_cache
def written_argument(func):
    """Return the position (or name) of the argument that an operator overwrites and returns, else None."""
    returns = func._schema.returns
    if len(returns) != 1 or returns[0].alias_info is None or not returns[0].alias_info.is_write:
        return None
    for number, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            return "out" if argument.name == "out" else number
    return None


@contextmanager
def fake_cuda():
    """Make `cuda` name the fake GPU; yield the `Waits` of the block.

    Nested computations of other tensors are unchanged.
    """
    waits = Waits()
    with _Operators(waits), _Functions(waits):
        yield waits
