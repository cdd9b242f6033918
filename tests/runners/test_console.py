import io
import logging
import sys

import pytest

from seg_plugins.runners import console as starting
from seg_plugins.runners.console import off_console


@pytest.fixture
def logged(tmp_path):
    logger, console = logging.Logger("run", logging.INFO), io.StringIO()
    logger.addHandler(logging.StreamHandler(console))
    logger.handlers[0].setLevel(logging.INFO)
    logger.addHandler(logging.FileHandler(tmp_path / "run.log"))
    return logger, console, tmp_path / "run.log"


def test_the_file_gets_what_the_console_does_not(logged):
    logger, console, file = logged
    with pytest.raises(KeyError), off_console(logger):
        logger.info("environment")
        logger.warning("careful")
        raise KeyError
    logger.info("step 1")
    assert console.getvalue().split() == ["careful", "step", "1"]
    assert file.read_text().split() == ["environment", "careful", "step", "1"]


def test_debugging_shows_all(logged):
    logger, console, _ = logged
    logger.handlers[0].setLevel(logging.DEBUG)
    with off_console(logger):
        logger.info("environment")
    assert console.getvalue() == "environment\n"


def test_a_half_written_cache_of_another_rank_is_waited_for(tmp_path, monkeypatch):
    """yapf names its file before it is whole: one rank of two ended with EOFError on a new machine."""
    (tmp_path / "yapf.py").write_text(
        f"import pathlib\ntries = pathlib.Path({str(tmp_path / 'tries')!r})\n"
        "tries.write_text(tries.read_text() + 'x' if tries.exists() else 'x')\n"
        "if len(tries.read_text()) < 3:\n    raise EOFError('Ran out of input')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "yapf", raising=False)
    monkeypatch.setattr(starting, "PAUSES_S", (0, 0, 0))
    starting.load_formatter()
    assert (tmp_path / "tries").read_text() == "xxx"
    monkeypatch.delitem(sys.modules, "yapf")
