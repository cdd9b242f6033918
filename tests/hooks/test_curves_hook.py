from mmengine.config import Config
from PIL import Image

from seg_plugins.commands.train import build_runner
from tests.commands.base import write_run


def test_a_run_leaves_curves_and_overlays(tmp_path):
    cfg = Config.fromfile(write_run(tmp_path))
    cfg.work_dir, cfg.launcher = str(tmp_path / "work"), "none"
    hooks = {
        "default_hooks.curves": dict(type="CurvesHook"),
        "default_hooks.overlays": dict(type="OverlayHook"),
    }
    cfg.merge_from_dict({"visualizer.name": "curves"} | hooks)
    build_runner(cfg).train()
    for name in ("curves.png", "overlays.png"):
        with Image.open(tmp_path / "work" / name) as picture:
            assert picture.size[0] > 500
