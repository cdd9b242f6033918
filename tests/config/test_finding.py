import os
from pathlib import Path

import pytest

from seg_plugins.config.finding import find_config, named_configs
from seg_plugins.config.reading import load_config
from seg_plugins.files.package import shipped_folder

NAME = "fcn_tiny_1xb4-3k_camvid-144x192"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", [NAME, f"{NAME}.py"])
def test_a_config_of_the_zoo_goes_by_its_name_anywhere(elsewhere, name):
    assert find_config(name) == shipped_folder("configs") / "fcn" / f"{NAME}.py"
    assert load_config(name).work_dir == os.path.join("work_dirs", NAME)


def test_an_own_config_goes_by_its_name_and_wins(elsewhere):
    (elsewhere / "data" / "mine").mkdir(parents=True)
    own = elsewhere / "data" / "mine" / "mine.py"
    own.touch()
    assert find_config("mine").resolve() == own
    (elsewhere / f"{NAME}.py").touch()
    assert find_config(NAME) == Path(f"{NAME}.py")


def test_bases_have_no_names():
    assert "runtime" not in named_configs() and NAME in named_configs()


@pytest.mark.parametrize(
    "given, said",
    [
        ("fcn_tiny", r"no config of this name\. Did you mean:\n  fcn_tiny_\S+\n"),
        ("unet_tiny_1xb4-3k_camvid-144x19", r"Did you mean:.*\n  unet_tiny_1xb4-3k_camvid-144x192"),
        ("FCN_tiny_1xb4-3k_CamVid", rf"Did you mean:\n  {NAME}"),
        ("zzzz", r"The zoo's lie in .*configs"),
        ("data/w/nope.py", r"no such file\. Did you mean:\n  data/w/w\.py$"),
        ("data/w/w", r"no such file\. Did you mean:\n  data/w/w\.py$"),
        (f"configs/fcn/{NAME[:-1]}.py", rf"no such file\. Did you mean:\n  .*configs/fcn/{NAME}\.py"),
        ("data/w", r"this is a folder\. Name a file in it: data/w/w\.py"),
        ("data", r"this is a folder\. Name a file in it$"),
    ],
)
def test_near_ones_are_named(elsewhere, given, said):
    (elsewhere / "data" / "w").mkdir(parents=True)
    (elsewhere / "data" / "w" / "w.py").touch()
    with pytest.raises(FileNotFoundError, match=f"(?s)^config {given}: .*{said}"):
        find_config(given)


def test_many_near_ones_are_counted(elsewhere):
    with pytest.raises(FileNotFoundError, match=r"\n  and \d+ more$"):
        find_config("camvid")
