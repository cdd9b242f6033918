import logging
import subprocess
import sys
import warnings

import pytest

from seg_plugins.commands.quiet import NOISE, drop_noise, quiet_logger, quiet_output, quiet_warnings


@pytest.fixture
def filters():
    with warnings.catch_warnings():
        yield


def test_known_warnings_are_kept_back_and_all_others_shown(filters):
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        quiet_warnings()
        for sentence in (*NOISE, "mean of empty slice"):
            warnings.warn(f"{sentence} and so on", UserWarning, stacklevel=1)
    assert [str(one.message) for one in shown] == ["mean of empty slice and so on"]


def test_known_warnings_are_no_errors_where_warnings_are(filters):
    warnings.simplefilter("error")
    quiet_warnings()
    warnings.warn("`torch.jit.script` is deprecated", DeprecationWarning, stacklevel=1)
    with pytest.raises(UserWarning):
        warnings.warn("mine", stacklevel=1)


def test_known_lines_of_the_log_go_to_files_alone(tmp_path, capsys):
    logger = logging.Logger("run")
    logger.addHandler(logging.StreamHandler(sys.stderr))
    logger.addHandler(logging.FileHandler(tmp_path / "run.log"))
    quiet_logger(logger)
    quiet_logger(logger)
    for line in (NOISE[6], "loss is not finite"):
        logger.warning(line)
    logger.error(NOISE[6])  # an error, whatever it says
    assert capsys.readouterr().err == f"loss is not finite\n{NOISE[6]}\n"
    assert (tmp_path / "run.log").read_text().count(NOISE[6]) == 2
    assert drop_noise not in logger.handlers[1].filters


def test_printed_lines_go_to_stderr_without_the_known_ones(capsys):
    with quiet_output():
        print("Could not import OneDL")
        print("two", "words", end="")
        print(" and more\nrest", end="")
    assert tuple(capsys.readouterr()) == ("", "two words and more\nrest")


def test_a_command_says_nothing_that_does_not_concern_its_user(tmp_path):
    (tmp_path / "c.py").write_text("default_scope = 'mmseg'\n")
    command = [sys.executable, "-m", "seg_plugins", "print-config", "c.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
