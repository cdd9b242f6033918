from seg_plugins.config import exit_codes
from seg_plugins.runners import EXIT_RESUMABLE


def test_schedulers_and_scripts_rely_on_these():
    assert (exit_codes.EXIT_USER_ERROR, exit_codes.EXIT_RESUMABLE, EXIT_RESUMABLE) == (2, 85, 85)
