"""What one pytest process knows of its run: settings, id, worker, and the sandbox it shares.

Made where somebody configures the kit, a test asks for a phone, or xdist distributes the tests.
None of that means that a number will be leased, so what leases is imported when it is needed.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from pytest_otp import xdist
from pytest_otp.errors import LedgerError, OtpError
from pytest_otp.options import BY_NAME
from pytest_otp.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_otp.ledger import Ledger
    from pytest_otp.markers import LeaseOptions
    from pytest_otp.sandbox.server import RunningSandbox
    from pytest_otp.settings import Settings

# Settings that this file uses itself, whatever a project makes of the fixture ``otp_settings``.
BEFORE_FIXTURES: Final = (
    "live",
    "ledger",
    "sandbox_url",
    "sandbox_port",
    "forecast",
    "on_provider_fault",
    "sweep_wait",
)


class Run:
    """One pytest process of a run.

    Raises:
        pytest.UsageError: a setting is wrong.
    """

    def __init__(self, config: pytest.Config) -> None:
        with usage_errors():
            self.settings: Settings = resolve(config)
        self.meeting = xdist.Meeting.of(config)
        self.id: str = self.meeting.run if self.meeting else xdist.new_id()
        self.worker: str = self.meeting.worker if self.meeting else "main"
        self._sandbox: RunningSandbox | None = None
        self._ledger: Ledger | None = None
        self._forecast: list[str] = []
        self._trouble: list[str] = []
        self._stopping = ExitStack()

    def begin(self, leasing: Sequence[pytest.Item], *, only_looks: bool) -> None:
        """After the collection: check the tests that lease, then prepare, or forecast.

        Args:
            leasing: the tests that use a fixture of the kit.
            only_looks: none of them will run, as with ``--collect-only``.

        Raises:
            pytest.UsageError: a marker is wrong, or what ``prepare`` and ``forecast`` raise.
        """
        from pytest_otp.markers import checked_options  # noqa: PLC0415 - only runs that lease

        try:
            options = checked_options(leasing, self.settings)
        except pytest.UsageError as error:
            self.refuse(error)
            return
        if not only_looks:
            self.prepare()
        elif self.settings.forecast:
            self.forecast(options)

    def prepare(self) -> None:
        """Before the first test that leases: make sure that it can.

        A worker of xdist only asks; the controller, which comes to ``host``, does it for all.

        Raises:
            pytest.UsageError: consent is missing, the ledger cannot be used, or there is no
                sandbox.
        """
        if self.meeting is not None:
            self.meeting.ask()
        else:
            self._check()

    def refuse(self, error: pytest.UsageError) -> None:
        """Stop the run before any test; a worker lets the controller say why.

        Raises:
            pytest.UsageError: the same, unless this is a worker.
        """
        if self.meeting is None:
            raise error
        self.meeting.refuse(str(error))

    def host(self) -> None:
        """As xdist's controller: prepare for the workers, once, if one of them asked.

        Raises:
            pytest.UsageError: a worker refused, or what ``prepare`` raises.
        """
        if self.meeting is None or not self.meeting.asked:
            return
        if refusal := self.meeting.refusal():
            raise pytest.UsageError(refusal)
        if self.meeting.sandbox_url() is not None:
            return
        from pytest_otp.stopping import OrderlyStop  # noqa: PLC0415 - only runs that lease

        # Workers are stopped by us: without this, SIGTERM would leave that to the next run.
        self._stopping.enter_context(OrderlyStop().installed())
        self.meeting.answer(self._check())

    def _check(self) -> str:
        """What must fail before it costs anything; the sandbox's URL, empty in a live run."""
        from pytest_otp import providers  # noqa: PLC0415 - only runs that lease

        with usage_errors():
            providers.check_registry()
            if self.settings.live:
                from pytest_otp import consent  # noqa: PLC0415 - only runs that lease

                consent.check(self.settings)
            self._recover()
        return self.sandbox_url() or ""

    def _recover(self) -> None:
        """Finish what earlier runs left behind, before this one spends anything."""
        from pytest_otp.sweep import sweep  # noqa: PLC0415 - only runs that lease

        sweep(self.ledger, self.settings.environment, own=False)

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened when it is first asked for.

        Raises:
            LedgerError: it cannot be used.
        """
        if self._ledger is None:
            from pytest_otp import ledger  # noqa: PLC0415 - only runs that lease
            from pytest_otp.core.rows import Owner  # noqa: PLC0415 - only runs that lease

            owner = Owner(xdist.new_id(), self.id, self.worker, self.settings.live)
            self._ledger = ledger.open(self.settings.ledger, owner)
        return self._ledger

    def sandbox_url(self) -> str | None:
        """The URL of the sandbox of this run, which is started if nobody has; None when live.

        Raises:
            pytest.UsageError: its port is taken, or nothing answers at the URL that was named.
        """
        if self.settings.live:
            return None
        if self.settings.sandbox_url:
            from pytest_otp.sandbox.handle import Sandbox  # noqa: PLC0415 - only runs that lease

            with usage_errors():
                Sandbox(self.settings.sandbox_url).close()
            return self.settings.sandbox_url
        shared = self.meeting.sandbox_url() if self.meeting else None
        return shared or self._started().url

    def _started(self) -> RunningSandbox:
        if self._sandbox is None:
            from pytest_otp.sandbox.server import start  # noqa: PLC0415 - only runs that lease

            with usage_errors():
                self._sandbox = start(self.settings.sandbox_port)
        return self._sandbox

    def provider_fault(self, error: Exception) -> None:
        """End the test as ``otp_on_provider_fault`` says; return where it says error.

        An error that is none of ours is left alone too.
        """
        __tracebackhide__ = True
        policy = self.settings.on_provider_fault
        if isinstance(error, OtpError) and policy != "error":
            end = pytest.skip if policy == "skip" else pytest.xfail
            told = [line.strip() for line in str(error).splitlines()[:2]]
            end(f"provider fault: {'; '.join(told)}")

    def check_override(self, settings: Settings) -> None:
        """Refuse an overridden ``otp_settings`` that changes what was settled before.

        Raises:
            pytest.UsageError: names the setting, and where it can be set.
        """
        for name in BEFORE_FIXTURES:
            option = BY_NAME[name]
            field = option.field or name
            if getattr(settings, field) != getattr(self.settings, field):
                raise pytest.UsageError(
                    f"the fixture otp_settings changes {field!r}, which is in use before any "
                    f"fixture; set it by flag, environment or ini: {option.environment}"
                )

    def finish(self) -> None:
        """After the last test: collect what is due, of this process and of workers that died.

        A ledger that fails now is told in the summary: the tests have had their results.
        """
        self._stopping.close()
        if self._ledger is not None:
            from pytest_otp.sweep import sweep  # noqa: PLC0415 - only runs that lease

            wait_s = self.settings.sweep_wait_s
            with self._told():
                sweep(self.ledger, self.settings.environment, own=True, wait_s=wait_s)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except LedgerError as error:
            # The first one; whatever follows from it says nothing new.
            self._trouble = self._trouble or [
                f"{error}; what is still open waits for the next run or `pytest-otp sweep`"
            ]

    def forecast(self, tests: Sequence[LeaseOptions]) -> None:
        """Ask what the collected tests would cost, for the summary.

        Raises:
            pytest.UsageError: a provider has no key, or there is no sandbox.
        """
        from pytest_otp.forecast import forecast  # noqa: PLC0415 - only runs that ask for it

        with usage_errors():
            self._forecast = forecast(self.settings, self.sandbox_url(), tests)

    def summary(self) -> list[str]:
        """What the run leased, in a few lines; none where it leased nothing."""
        if self._ledger is None:
            return self._forecast
        from pytest_otp.reports import terminal  # noqa: PLC0415 - only runs that lease

        lines: list[str] = []
        with self._told():
            rows, budgets = self.ledger.rows(run=self.id), self.ledger.budgets(run=self.id)
            lines = terminal.summary(rows, budgets)
        return [*self.ledger.notices, *self._trouble, *lines]

    def close(self) -> None:
        """Let go of all that this process holds."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None
        if self._sandbox is not None:
            self._sandbox.stop()
            self._sandbox = None
        if self.meeting is not None:
            self.meeting.end()


@contextmanager
def usage_errors() -> Iterator[None]:
    """Our errors as pytest's ``UsageError``: one sentence, exit code 4, no traceback."""
    try:
        yield
    except OtpError as error:
        raise pytest.UsageError(str(error)) from None
