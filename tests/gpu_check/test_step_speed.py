import torch
from mmengine.config import Config

from seg_plugins.gpu_check.measurements import stock_config
from seg_plugins.gpu_check.step_speed import drawn_batch, measure_steps, prepare_step


def test_the_preset_is_on_in_one_of_the_two_only():
    cfg = Config.fromfile(stock_config("FCN-R50", "cpu"))
    (stock, plain), (fast, wrapper) = (prepare_step(cfg, f, "cpu", (32, 64)) for f in (False, True))
    weights = [next(p for p in m.parameters() if p.dim() == 4 and p.shape[1] > 1) for m in (stock, fast)]
    layouts = [w.is_contiguous(memory_format=torch.channels_last) for w in weights]
    assert layouts == [False, True] and torch.equal(*weights)
    assert not plain.optimizer.defaults.get("fused") and wrapper.optimizer.defaults["fused"]


def test_steps_are_measured():
    found = measure_steps(stock_config("FCN-R50", "cpu"), True, "cpu", (32, 64), 2, 1)
    assert found.milliseconds > 0 and found.gibibytes is None


def test_labels_are_classes():
    batch = drawn_batch(2, (32, 64), 5)
    labels = torch.stack([s.gt_sem_seg.data for s in batch["data_samples"]])
    assert labels.shape == (2, 1, 32, 64) and set(labels.unique().tolist()) <= set(range(5))
