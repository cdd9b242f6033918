import json
import shlex

import pytest

from seg_plugins.commands.command_line import read_arguments, train_parser
from seg_plugins.commands.command_line import test_parser as parser_of_test
from seg_plugins.commands.next_steps import after_test, after_training
from seg_plugins.commands.predict import predict_parser
from seg_plugins.files.package import shipped_folder


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A work directory with a blank in its name, as a training leaves it."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "my run"
    log = folder / "20260101_000000" / "vis_data" / "scalars.json"
    log.parent.mkdir(parents=True)
    lines = [
        {"loss": 0.5, "step": 30},
        {"mIoU": 41.234, "val/loss": 0.25, "step": 30},
        {"mIoU": 40.0, "step": 60},
    ]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    for name in ("best_mIoU_iter_30.pth", "iter_60.pth", "curves.png", "overlays.png", "my config.py"):
        (folder / name).touch()
    (tmp_path / "my config.py").touch()
    return folder


def commands_of(lines):
    """The words of the commands, each by what it is for, without what starts them."""
    found = dict(line.split(": ", 1) for line in lines)
    return {key: shlex.split(found[key]) for key in ("test it", "use it") if key in found}, found


def test_the_best_checkpoint_its_score_pictures_and_commands_that_can_be_pasted(run):
    commands, found = commands_of(after_training("my config.py", "my run"))
    assert found["best checkpoint"] == "my run/best_mIoU_iter_30.pth, mIoU 41.23 in validation"
    assert found["pictures"] == "my run/curves.png, my run/overlays.png"
    assert found["work directory"] == str(run)
    words = commands["test it"]
    args = read_arguments(parser_of_test(), words[words.index("my config.py") :])
    assert (args.config, args.checkpoint) == ("my config.py", "my run/best_mIoU_iter_30.pth")
    assert args.work_dir == "my run"
    words = commands["use it"]
    args = predict_parser().parse_args(words[words.index("my config.py") :])
    assert str(args.out) == "predictions" and args.checkpoint == "my run"


def test_a_config_that_options_changed_is_named_as_it_was_run(run):
    commands, _ = commands_of(after_training("my config.py", "my run", changed=True))
    assert "my run/my config.py" in commands["test it"]


def test_a_config_of_the_zoo_goes_by_its_name_where_its_path_is_long(run):
    name = "fcn_tiny_1xb4-3k_camvid-144x192"
    config = str(shipped_folder("configs") / "fcn" / f"{name}.py")
    commands, _ = commands_of(after_training(config, str(run)))
    assert name in commands["test it"] and "my run" in commands["use it"]
    assert train_parser().parse_args([name]).config == name


def test_without_best_or_any_checkpoint_the_lines_say_what_is_there(run):
    (run / "best_mIoU_iter_30.pth").rename(run / "best_val_loss_iter_30.pth")
    _, found = commands_of(after_training("my config.py", "my run"))
    assert found["best checkpoint"].endswith(", val_loss 0.25 in validation")
    (run / "best_val_loss_iter_30.pth").unlink()
    _, found = commands_of(after_training("my config.py", "my run"))
    assert found["last checkpoint"] == "my run/iter_60.pth"
    (run / "iter_60.pth").unlink()
    commands, found = commands_of(after_training("my config.py", "my run"))
    assert commands == {} and "work directory" in found


def test_a_test_names_metrics_report_and_the_next_command(run):
    (run / "report").mkdir()
    (run / "report" / "report.html").touch()
    commands, found = commands_of(after_test("my config.py", "my run/iter_60.pth", "my run"))
    assert found["metrics"] == str(run / "metrics.json")
    assert found["report"] == str(run / "report" / "report.html")
    assert "my run/iter_60.pth" in commands["use it"]
