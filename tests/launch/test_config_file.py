import pytest

from seg_plugins.launch.config_file import check_work_dir, load_config
from tests.launch.base import write_run


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
