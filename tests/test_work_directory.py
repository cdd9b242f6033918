"""configs/work_directory.md says what each file of a work directory is."""

import re
from fnmatch import fnmatch
from pathlib import Path

from seg_plugins.commands.test import main as run_test
from seg_plugins.commands.train import main as train
from tests.commands.base import write_run

PAGE = (Path(__file__).parent.parent / "configs" / "work_directory.md").read_text()
HOOKS = """
runner_type = "SegRunner"
vis_backends = [dict(type="LocalVisBackend"), dict(type="TensorboardVisBackend")]
visualizer = dict(type="SegLocalVisualizer", vis_backends=vis_backends, name="work directory")
default_hooks.update(
    checkpoint=dict(type="WholeCheckpointHook", by_epoch=False, interval=max_iters, save_best="mIoU"),
    report=dict(type="ReportHook"), curves=dict(type="CurvesHook"), overlays=dict(type="OverlayHook"),
)
"""


def patterns():
    cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    names = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    return [re.sub("TIME|METRIC|CONFIG|N(?=[.])", "*", name) for name in names]


def test_every_file_that_a_training_and_its_test_leave_is_explained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = write_run(tmp_path)
    config.write_text(config.read_text() + HOOKS)
    train([str(config), "--work-dir", "work"])
    run_test([str(config), "work"])
    files = [p.relative_to("work").as_posix() for p in Path("work").rglob("*") if p.is_file()]
    known = patterns()
    pictures = [name for name in files if name.startswith("report/") and name.endswith((".png", ".jpg"))]
    unexplained = [n for n in files if n not in pictures and not any(fnmatch(n, p) for p in known)]
    assert unexplained == [] and len(files) > len(pictures) + 8
    own = [p for p in known if not p.startswith(("run.", "state.", "test/", "check/"))]
    assert [p for p in own if not any(fnmatch(n, p) for n in files)] == []
