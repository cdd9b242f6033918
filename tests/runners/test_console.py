import io
import logging

import pytest

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
