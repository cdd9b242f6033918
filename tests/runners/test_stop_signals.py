import os
import signal

import pytest

from seg_plugins.runners.stop_signals import EXIT_RESUMABLE, SIGNALS, RunStopped, StopSignals


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_noted_and_the_handlers_come_back(number):
    before = [signal.getsignal(n) for n in SIGNALS]
    with StopSignals() as stop:
        assert stop.agreed() is None
        os.kill(os.getpid(), number)
        assert stop.agreed() == number.name
    assert [signal.getsignal(n) for n in SIGNALS] == before


def test_the_first_signal_is_the_reason_and_more_do_no_harm():
    with StopSignals() as stop:
        stop.agreed()
        os.kill(os.getpid(), signal.SIGUSR2)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.agreed() == "SIGUSR2"


def test_a_second_ctrl_c_interrupts():
    with StopSignals() as stop, pytest.raises(KeyboardInterrupt):
        stop.agreed()
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("number", SIGNALS)
def test_before_the_first_step_a_signal_ends_the_run_at_once(number):
    with pytest.raises(RunStopped) as stopped, StopSignals():
        os.kill(os.getpid(), number)
    assert (stopped.value.code, stopped.value.reason) == (EXIT_RESUMABLE, number.name)


def test_the_exit_code_is_the_documented_one():
    assert EXIT_RESUMABLE == 85
    assert RunStopped("SIGTERM").code == 85
