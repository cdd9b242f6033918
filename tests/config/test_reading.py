import errno
from unittest.mock import Mock

import pytest

from seg_plugins.config.reading import check_work_dir, load_config
from tests.commands.base import write_run


def test_misspelt_config_shows_what_is_there(tmp_path):
    write_run(tmp_path)
    with pytest.raises(
        FileNotFoundError, match=r"dsc\.py: there is no such file. Did you mean:\n .*disc\.py"
    ):
        load_config(tmp_path / "dsc.py")


def test_broken_config_is_named(tmp_path):
    (tmp_path / "broken.py").write_text("model = dict(\n")
    with pytest.raises(ValueError, match=r"broken\.py cannot be read"):
        load_config(tmp_path / "broken.py")


def test_missing_base_is_named(tmp_path):
    (tmp_path / "leaf.py").write_text("_base_ = 'bases.py'\n")
    (tmp_path / "base.py").touch()
    with pytest.raises(ValueError, match=r"leaf\.py cannot be read: .*/bases\.py does .* mean base\.py\?"):
        load_config(tmp_path / "leaf.py")


def test_options_and_work_dir_follow_upstream(tmp_path):
    config = write_run(tmp_path)
    cfg = load_config(config, {"train_dataloader.batch_size": 3})
    assert (cfg.train_dataloader.batch_size, cfg.work_dir, cfg.launcher) == (3, "work_dirs/disc", "none")
    assert load_config(config, work_dir="elsewhere").work_dir == "elsewhere"


def test_work_dir_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"work_dir .*file/run is not writable .*--work-dir"):
        check_work_dir(tmp_path / "file" / "run")


def test_work_dir_without_permission_is_refused(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(ValueError, match=r"not writable \(Permission denied\)"):
        check_work_dir(tmp_path)


def test_a_variable_on_the_command_line_acts_and_says_where(tmp_path, capsys):
    config = write_run(tmp_path)
    cfg = load_config(config, {"max_iters": 3, "crop_size": (16, 16)})
    assert (cfg.train_cfg.max_iters, cfg.param_scheduler[0].end, cfg.default_hooks.checkpoint.interval) == (
        3,
    ) * 3
    assert cfg.train_dataloader.dataset.pipeline[2].crop_size == cfg.model.data_preprocessor.size == (16, 16)
    assert "--cfg-options max_iters sets param_scheduler.0.end=3, " in capsys.readouterr().err


def test_a_variable_of_a_dumped_config_is_refused_with_the_keys_that_act(tmp_path):
    dumped = tmp_path / "dumped.py"
    load_config(write_run(tmp_path)).dump(dumped)
    with pytest.raises(
        ValueError, match=r"--cfg-options max_iters: has no effect.*instead: train_cfg.max_iters"
    ):
        load_config(dumped, {"max_iters": 3})
    with pytest.raises(ValueError, match=r"train_pipeline: .*instead: .*train_dataloader.dataset.pipeline"):
        load_config(dumped, {"train_pipeline": []})
    cfg = load_config(dumped, {"max_iters": 3, "train_cfg.max_iters": 3, "crop_size": (32, 32)})
    assert cfg.train_cfg.max_iters == 3


def test_a_key_that_nothing_uses_is_warned_of(tmp_path, capsys):
    config = write_run(tmp_path)
    config.write_text(config.read_text() + "mine = 5\n")
    load_config(config, {"mine": 6})
    assert capsys.readouterr().err.startswith(
        "warning: --cfg-options mine: has no effect, unless code of your"
    )


def test_a_variable_that_a_leaf_sets_anew_is_warned_of(tmp_path, capsys):
    write_run(tmp_path)
    leaf = tmp_path / "leaf.py"
    leaf.write_text("_base_ = 'disc.py'\ntrain_pipeline = [dict(type='PackSegInputs')]\n")
    load_config(leaf)
    told = capsys.readouterr().err
    assert (
        told.startswith("warning: config ") and "leaf.py: train_pipeline has no effect on train_data" in told
    )
    assert "train_dataloader = dict(dataset=dict(pipeline=train_pipeline))" in told
    leaf.write_text(leaf.read_text() + "train_dataloader = dict(dataset=dict(pipeline=train_pipeline))\n")
    load_config(leaf)
    assert capsys.readouterr().err == ""


def test_an_own_package_may_be_named_on_the_command_line(tmp_path, monkeypatch):
    (tmp_path / "package_of_an_option.py").write_text("raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    option = {"custom_imports": dict(imports=["package_of_an_option"])}
    with pytest.raises(ValueError, match=r"custom_imports: .*_option\.py:1: RuntimeError: imported"):
        load_config(write_run(tmp_path), option)


@pytest.mark.parametrize("name", ["", "weights.pth", "config.txt", "data"])
def test_what_is_no_config_is_named(tmp_path, name):
    write_run(tmp_path)
    for file in ("weights.pth", "config.txt"):
        (tmp_path / file).write_bytes(b"PK\x03\x04\xff\x00")
    with pytest.raises(
        (ValueError, FileNotFoundError), match=f"config .*{name}:? (is not a config|this is a folder)"
    ):
        load_config(tmp_path / name)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04\xff\x00", b"\xff\xfe", b"a\x00b", "x = 'é'".encode("latin1")]
)
def test_a_config_that_is_no_text_is_named(tmp_path, content):
    (tmp_path / "binary.py").write_bytes(content)
    with pytest.raises(ValueError, match=r"config .*binary\.py cannot be read: "):
        load_config(tmp_path / "binary.py")


def test_a_folder_of_any_name_will_do(tmp_path, monkeypatch):
    folder = tmp_path / "my föld {x} $HOME"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    cfg = load_config(write_run(folder).relative_to(tmp_path), {"max_iters": 3}, work_dir="~/runs")
    assert cfg.train_cfg.max_iters == 3 and cfg.work_dir == str(tmp_path / "runs")
    assert load_config(f"~/{folder.name}/disc.py").work_dir == "work_dirs/disc"


def test_a_full_folder_for_temporary_files_is_named(tmp_path, monkeypatch):
    refuse = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    monkeypatch.setattr("mmengine.config.config.tempfile.NamedTemporaryFile", refuse)
    with pytest.raises(ValueError, match=r"MMEngine copies it to .* \(No space left on device\).*TMPDIR"):
        load_config(write_run(tmp_path))
