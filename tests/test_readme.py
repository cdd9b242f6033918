"""Paths, commands and links of the pages exist, and the commands of the README do what it says."""

import re
import shlex
import subprocess
import tomllib
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import pytest
import uvicorn

from seg_plugins.commands.start import COMMANDS, MODULES
from seg_plugins.config.finding import find_config
from tests.commands.base import draw_disc

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "configs").rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))


def blocks(text):
    return re.findall(r"```bash\n(.*?)```", text, re.S)


def commands(page):
    text = page.read_text()
    lines = [line for block in blocks(text) for line in block.splitlines()]
    lines += re.findall(r"`((?:python )?tools/[^`]+|make [^`]+|seg-plugins [^`]+)`", text)
    return [shlex.split(line.replace("...", ""), comments=True) for line in lines]


def test_the_two_commands_stand_before_line_20():
    top = "\n".join((ROOT / "README.md").read_text().splitlines()[:20])
    assert "make train" in top and "make test" in top


def name(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_name_tools_configs_and_targets_that_exist(page):
    wrong = []
    for words in commands(page):
        if words[:1] == ["make"] and words[1] not in TARGETS:
            wrong.append(words)
        if words[:1] == ["seg-plugins"] and words[1] not in {*COMMANDS, "COMMAND"}:
            wrong.append(words)
        files = [w for w in words if re.fullmatch(r"(tools|configs)/\S+\.(py|sh)", w) and "<" not in w]
        wrong += [w for w in files if not (ROOT / w).is_file()]
    assert wrong == []


def test_the_readme_has_commands():
    assert len(commands(ROOT / "README.md")) > 5 and {"train", "test"} <= TARGETS


def test_the_readme_is_short_and_shows_a_small_picture():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 120
    for config in re.findall(r"`seg-plugins train (\w[^` ]+)`", text):
        assert find_config(config).is_file()
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
    assert pictures and all((ROOT / picture).stat().st_size < 200_000 for picture in pictures)


def test_extras_and_version_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text, citation = (ROOT / "README.md").read_text(), (ROOT / "CITATION.cff").read_text()
    rows = text.partition("| extra | for |")[2].partition("\n\n")[0].strip().splitlines()
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    assert named == set(project["optional-dependencies"])
    assert f"version {project['version']}" in text and f"version: {project['version']}" in citation
    assert project["authors"] == [{"name": "The seg-plugins developers"}]
    assert 'name: "The seg-plugins developers"' in citation and project["license"] == "Apache-2.0"


def test_make_train_names_what_there_is():
    """What it would do, without doing it; its commands are those that the tests of each tool run."""
    plan = subprocess.run(
        ["make", "-n", "train", "VENV=nowhere"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert {"prepare_dataset", "train", "test"} <= set(re.findall(r"tools/(\w+)\.py", plan))
    assert (ROOT / re.search(r"configs/\S+\.py", plan)[0]).is_file()
    assert "work_dirs/quickstart/overlays.png" in plan


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """A folder to start in, with ten photos, their masks, and a new one."""
    rng = np.random.default_rng(0)
    for number in range(11):
        image, label = draw_disc(rng, (64, 80))
        folder = "photos" if number < 10 else "new"
        for name, pixels in ((folder, image), ("masks", label)):
            if name != "masks" or number < 10:
                (tmp_path / name).mkdir(exist_ok=True)
                cv2.imwrite(str(tmp_path / name / f"{number}.png"), pixels)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def arguments(words):
    """What a shell makes of the words after the command; training is two iterations long."""
    found = [name for word in words[2:] for name in (sorted(map(str, Path().glob(word))) or [word])]
    short = ["train_cfg.max_iters=2", "train_cfg.val_interval=2", "train_dataloader.num_workers=0"]
    return found + (["--cfg-options", *short] if words[1] == "train" else [])


def test_the_commands_for_own_images_run_one_after_the_other(photos, monkeypatch):
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: [s.close() for s in sockets])
    block = next(b for b in blocks((ROOT / "README.md").read_text()) if "seg-plugins prepare" in b)
    done = []
    for words in (shlex.split(line, comments=True) for line in block.splitlines()):
        if words[0] == "seg-plugins":
            command = import_module(f"seg_plugins.commands.{MODULES.get(words[1], words[1])}")
            port = ["--port", "0"] if words[1] == "serve" else []
            assert not command.main([*arguments(words), *port]), words
            done.append(words[1])
    assert done == ["prepare", "check", "train", "test", "predict", "serve"]
    assert list(Path("predicted").rglob("*.png")) and Path("work_dirs/mine/overlays.png").is_file()
    assert list(Path("work_dirs").rglob("report.html")) and list(Path().rglob("check.html"))
