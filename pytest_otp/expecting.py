"""``expect_code``: the code of an SMS that a block of the test caused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pytest_otp.errors import OtpError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from pytest_otp.core.effects import Flow
    from pytest_otp.models import Message
    from pytest_otp.runtime import Runtime

# For every function here: what is raised is shown in the test's own line.
__tracebackhide__ = True


class ExpectedCode:
    """What ``Phone.expect_code`` gives, for ``with`` and ``async with``.

    Args:
        runtime: runs the flows.
        pass_over: lets every message be that is there when the block begins.
        wait: for the message, when the block has ended.
        code_of: reads that message.
    """

    def __init__(
        self,
        runtime: Runtime,
        pass_over: Callable[[], Flow[None]],
        wait: Callable[[], Flow[Message]],
        code_of: Callable[[Message], str],
    ) -> None:
        self._runtime = runtime
        self._pass_over = pass_over
        self._wait = wait
        self._code_of = code_of
        self._code: str | None = None

    @property
    def value(self) -> str:
        """The code, as it is to be typed.

        Raises:
            OtpError: the block has not ended, so that nobody has waited for the code yet.
        """
        if self._code is None:
            raise OtpError(
                "expect_code() knows the code when its block has ended; read .value after the block"
            )
        return self._code

    def __enter__(self) -> Self:
        self._runtime.run(self._pass_over())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: object, _where: TracebackType | None
    ) -> None:
        if kind is None:
            self._code = self._code_of(self._runtime.run(self._wait()))

    async def __aenter__(self) -> Self:
        await self._runtime.run_async(self._pass_over())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _error: object, _where: TracebackType | None
    ) -> None:
        if kind is None:
            self._code = self._code_of(await self._runtime.run_async(self._wait()))
