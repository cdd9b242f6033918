"""Paths, commands and links of the pages exist."""

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "configs").rglob("*.md"))]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))


def blocks(text):
    return re.findall(r"```bash\n(.*?)```", text, re.S)


def commands(page):
    text = page.read_text()
    lines = [line for block in blocks(text) for line in block.splitlines()]
    lines += re.findall(r"`((?:python )?tools/[^`]+|make [^`]+)`", text)
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
        files = [w for w in words if re.fullmatch(r"(tools|configs)/\S+\.(py|sh)", w) and "<" not in w]
        wrong += [w for w in files if not (ROOT / w).is_file()]
    assert wrong == []


def test_the_readme_has_commands():
    assert len(commands(ROOT / "README.md")) > 5 and {"train", "test"} <= TARGETS
