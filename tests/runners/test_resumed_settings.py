import pytest
import torch
from mmengine.optim import OptimWrapper, OptimWrapperDict

from seg_plugins.checkpoints.safe_loading import read_checkpoint
from seg_plugins.runners.resumed_settings import held_state, hold_settings_of_now, scheduled_settings
from tests.runners.base import build, no_workers, tiny


def short(root, iterations, **options):
    cfg = no_workers(tiny(root, train_cfg__val_interval=100, **options))
    cfg.train_cfg.max_iters = iterations
    cfg.custom_hooks = options.get("custom_hooks", [])
    return cfg


def log_of(root):
    return "".join(path.read_text() for path in (root / "work").glob("*/*.log"))


class Scheduler:
    def __init__(self, name):
        self.param_name = name


def test_what_schedulers_set():
    assert scheduled_settings([Scheduler("lr")]) == {"lr"}
    assert scheduled_settings([Scheduler("lr"), Scheduler("momentum")]) == {"lr", "momentum", "betas"}


@pytest.mark.parametrize(
    "line, scheduled, key, held",
    [
        ("optim_wrapper.optimizer.weight_decay: 0.1 -> 0.2", {"lr"}, "weight_decay", 0.2),
        ("optim_wrapper.optimizer.betas.0: 0.9 -> 0.5", {"lr"}, "betas", (0.5, 0.6)),
        ("optim_wrapper.optimizer.betas.0: 0.9 -> 0.5", {"lr", "betas"}, "betas", (0.9, 0.999)),
        ("optim_wrapper.optimizer.lr: 0.1 -> 0.3", {"lr"}, "lr", 0.1),
        ("optim_wrapper.optimizer.lr: 0.1 -> 0.3", set(), "lr", 0.3),
        ("optim_wrapper.optimizer.type: 'Adam' -> 'AdamW'", {"lr"}, "eps", 1e-3),
        ("optim_wrapper.paramwise_cfg.norm_decay_mult: absent -> 2", {"lr"}, "weight_decay", 0.2),
        ("train_cfg.max_iters: 2 -> 4", {"lr"}, "weight_decay", 0.1),
    ],
)
def test_changed_settings_of_an_optimiser_are_those_of_now(line, scheduled, key, held):
    weight = torch.nn.Parameter(torch.ones(1))
    before = torch.optim.AdamW([weight], lr=0.1, weight_decay=0.1)
    now = torch.optim.AdamW([weight], lr=0.3, weight_decay=0.2, betas=(0.5, 0.6), eps=1e-3)
    saved = before.state_dict()
    now.load_state_dict(hold_settings_of_now(now, saved, [line], scheduled))
    assert now.param_groups[0][key] == held
    assert saved["param_groups"][0]["weight_decay"] == 0.1


def test_each_of_several_optimisers_has_its_own_settings():
    def wrapper(decay):
        return OptimWrapper(torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, weight_decay=decay))

    before = OptimWrapperDict(a=wrapper(0.1), b=wrapper(0.1)).state_dict()
    now = OptimWrapperDict(a=wrapper(0.2), b=wrapper(0.3))
    line = "optim_wrapper.a.optimizer.weight_decay: 0.1 -> 0.2"
    now.load_state_dict(held_state(now, before, [line], None))
    assert [now[name].param_groups[0]["weight_decay"] for name in "ab"] == [0.2, 0.1]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("finished")
    build(short(root, 2)).train()
    return root


def test_what_holds_and_what_does_not_is_said_apart_and_is_so(finished):
    cfg = short(finished, 4, resume=True)
    cfg.optim_wrapper.optimizer.update(weight_decay=0.5, betas=(0.5, 0.6), lr=0.02)
    cfg.param_scheduler[1].end = 30
    runner = build(cfg)
    runner.train()
    group = runner.optim_wrapper.param_groups[0]
    assert (group["weight_decay"], tuple(group["betas"])) == (0.5, (0.5, 0.6))
    said = log_of(finished)
    new, old = said.split("trained with other settings: ")[1].split("Those of now hold. ")
    assert "weight_decay: absent -> 0.5" in new and "optimizer.lr" not in new
    assert "optim_wrapper.optimizer.lr: 0.01 -> 0.02" in old and "param_scheduler.PolyLR.end: 24 -> 30" in old
    assert "Here those of the checkpoint go on" in old and group["lr"] < 0.01


def test_a_checkpoint_without_settings_is_resumed_and_it_is_said_what_holds(finished, tmp_path):
    path = max((finished / "work").glob("iter_*.pth"))
    old = read_checkpoint(path)
    assert old["meta"].pop("settings")["train_dataloader.batch_size"] == "4"
    torch.save(old, tmp_path / "old.pth")
    runner = build(short(tmp_path, 6, resume=True, load_from=str(tmp_path / "old.pth")))
    runner.train()
    assert runner.iter == 6
    said = log_of(tmp_path)
    assert "old.pth does not hold its settings as data" in said and "with other settings" not in said


def test_a_schedule_shorter_than_the_training_is_said(tmp_path):
    cfg = short(tmp_path, 2)
    cfg.param_scheduler = [
        dict(type="LinearLR", start_factor=0.1, begin=0, end=1, by_epoch=False),
        dict(type="PolyLR", begin=0, end=2, by_epoch=False),
    ]
    build(cfg).train()
    assert "the schedule of the learning rate" not in log_of(tmp_path)
    cfg.train_cfg.max_iters, cfg.resume = 4, True
    build(cfg).train()
    assert "PolyLR, ends at iteration 2 and the training at 4" in log_of(tmp_path)


def test_a_warm_up_alone_may_end(tmp_path):
    cfg = short(tmp_path, 2)
    cfg.param_scheduler = [dict(type="LinearLR", start_factor=0.1, begin=0, end=1, by_epoch=False)]
    build(cfg).train()
    assert "the schedule of the learning rate" not in log_of(tmp_path)


def test_a_finished_run_and_one_that_stopped_early_say_so(tmp_path):
    build(short(tmp_path, 2)).train()
    build(short(tmp_path, 2, resume=True)).train()
    assert "nothing is left to train: iteration 2 of 2 is done. To go on, raise" in log_of(tmp_path)
    stop = dict(type="EarlyStoppingHook", monitor="mIoU", rule="greater", patience=1, min_delta=1000)
    other = tmp_path / "stopped"
    other.mkdir()

    def stopping(patience, resume):
        cfg = short(other, 6, custom_hooks=[dict(stop, patience=patience)], resume=resume)
        cfg.train_cfg.val_interval = 1
        runner = build(cfg)
        runner.train()
        return runner.iter

    assert stopping(1, False) == 2 == stopping(1, True)
    assert "nothing is left to train: this run stopped early at iteration 2" in log_of(other)
    assert stopping(2, True) == 3
