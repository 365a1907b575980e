"""Ctrl-C and SIGTERM while a task runs in the process of the session: held back, then raised; and found behind errors of compiled code."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from lqbayes.running.signals import asked_to_stop, exit_by_signal, interrupts_unwrapped, task


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, exit_by_signal)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("number", "exception"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_task_ends_well_before_the_signal_is_heard(number: signal.Signals, exception: type[BaseException]) -> None:
    done = False
    with pytest.raises(exception) as raised, task():
        assert not asked_to_stop()
        signal.raise_signal(number)
        assert asked_to_stop()
        done = True
    assert done
    assert not asked_to_stop()
    if isinstance(raised.value, SystemExit):
        assert raised.value.code == 128 + number
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.getsignal(signal.SIGTERM) is exit_by_signal


def test_the_second_signal_does_not_wait() -> None:
    with pytest.raises(KeyboardInterrupt), task():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("went on after the second Ctrl-C")
    assert not asked_to_stop()


def test_an_error_of_the_task_comes_first() -> None:
    with pytest.raises(OSError, match="the disk"), task():
        signal.raise_signal(signal.SIGINT)
        raise OSError("the disk")
    assert not asked_to_stop()


def test_handlers_of_others_are_theirs() -> None:
    heard: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    with task():
        signal.raise_signal(signal.SIGINT)
        assert heard == [signal.SIGINT]
        assert not asked_to_stop()


def test_a_task_in_another_thread_leaves_signals_alone() -> None:
    handlers = []

    def work() -> None:
        with task():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]


@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit(143)])
def test_an_interrupt_within_compiled_code_is_found(exception: BaseException) -> None:
    kind = exception if isinstance(exception, type) else type(exception)
    with pytest.raises(kind), interrupts_unwrapped():
        try:
            try:
                raise exception
            except BaseException as first:
                raise SystemError("a function returned a result with an exception set") from first
        except SystemError as second:
            raise SystemError("the dispatcher returned a result with an exception set") from second


def test_another_error_stays_itself() -> None:
    with pytest.raises(SystemError, match="itself"), interrupts_unwrapped():
        raise SystemError("itself") from ValueError()
