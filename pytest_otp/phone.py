"""``Phone``: the lease's face, and all that a test holds."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from pytest_otp.core import lifecycle, verdicts
from pytest_otp.core.extraction import Extraction, compile_pattern
from pytest_otp.core.lifecycle import Unanswered
from pytest_otp.core.messages import code_of
from pytest_otp.core.states import State
from pytest_otp.errors import CancelRefused, LeaseEnded, NotSupported, OtpError, SettingsError
from pytest_otp.expecting import ExpectedCode
from pytest_otp.redact import mask_number
from pytest_otp.reports import explain
from pytest_otp.values import LONGEST_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from phonenumbers import PhoneNumber

    from pytest_otp.core.effects import Flow
    from pytest_otp.core.lease import Lease
    from pytest_otp.models import Message, Money
    from pytest_otp.runtime import Runtime

    Match = str | re.Pattern[str] | Callable[[Message], bool]
    Extractor = Callable[[Message, re.Pattern[str] | None], str | None]

# For every function here: what is raised is shown in the test's own line.
__tracebackhide__ = True


class Phone:
    """A phone number of a test's own, and the messages that arrive at it.

    Each wait returns a message that no earlier wait on this phone returned, in the order of
    arrival; an SMS that landed before the wait began counts. The phone is given back when the
    fixture that made it is torn down.
    """

    def __init__(
        self, lease: Lease, runtime: Runtime, timeout_s: float, extract: Extractor | None = None
    ) -> None:
        self._lease = lease
        self._runtime = runtime
        self._timeout_s = timeout_s
        self._extract = extract

    def __repr__(self) -> str:
        return f"<Phone {mask_number(self.number)} {self.provider} {self._lease.state}>"

    # -- the number ----------------------------------------------------------------------------

    @property
    def number(self) -> str:
        """The number in E.164, as in ``+12025550123``."""
        return self._lease.held.number

    @property
    def national(self) -> str:
        """The number as people in its country write it, as in ``(202) 555-0123``."""
        from phonenumbers import PhoneNumberFormat, format_number  # noqa: PLC0415 - slow import

        return format_number(self._parsed(), PhoneNumberFormat.NATIONAL)

    @property
    def international(self) -> str:
        """The number as people abroad write it, as in ``+1 202-555-0123``."""
        from phonenumbers import PhoneNumberFormat, format_number  # noqa: PLC0415 - slow import

        return format_number(self._parsed(), PhoneNumberFormat.INTERNATIONAL)

    @property
    def rfc3966(self) -> str:
        """The number as a URI of RFC 3966, as in ``tel:+1-202-555-0123``."""
        from phonenumbers import PhoneNumberFormat, format_number  # noqa: PLC0415 - slow import

        return format_number(self._parsed(), PhoneNumberFormat.RFC3966)

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2, as in ``US``."""
        return self._lease.offer.country

    @property
    def dial_code(self) -> str:
        """The country calling code with its plus sign, as in ``+1``."""
        return f"+{self._parsed().country_code}"

    def _parsed(self) -> PhoneNumber:
        from phonenumbers import parse  # noqa: PLC0415 - slow import

        return parse(self.number)

    # -- the lease -----------------------------------------------------------------------------

    @property
    def service(self) -> str:
        """The service that the number was leased for."""
        return self._lease.offer.service

    @property
    def provider(self) -> str:
        """The id of the provider that sold the number."""
        return self._lease.offer.provider

    @property
    def price(self) -> Money | None:
        """What the number cost; None while the provider has not said."""
        return self._lease.held.price or self._lease.offer.price

    @property
    def expires_at(self) -> datetime | None:
        """When the provider stops accepting messages, in UTC; None if it does not say."""
        return self._lease.held.expires_at

    # -- messages ------------------------------------------------------------------------------

    def messages(self) -> list[Message]:
        """Every message so far, oldest first, whether a wait returned it or not. Asks once."""
        if not self._over:
            self._runtime.run(lifecycle.look(self._lease))
        return list(self._lease.messages.values())

    def wait_for_code(
        self, timeout: float | None = None, pattern: str | re.Pattern[str] | None = None
    ) -> str:
        """The one-time code of the next message that has one, as it is to be typed.

        Args:
            timeout: seconds to wait at most; by default the setting ``otp_timeout``.
            pattern: regular expression that finds the code (its first group, else all of it)
                where the kit's own rules should not decide.

        Raises:
            CodeTimeout: no message with a code arrived in time.
            LeaseEnded: the lease ended first; no message can come any more.
        """
        judge = _Judge(pattern, self._extract)
        return judge.code(self._runtime.run(self._wait_for_code(judge, timeout)))

    def wait_for_message(self, timeout: float | None = None, match: Match | None = None) -> Message:
        """The next message, or the next one that matches.

        Args:
            timeout: seconds to wait at most; by default the setting ``otp_timeout``.
            match: regular expression to find in the text, or a function that says whether the
                message is the one.

        Raises:
            CodeTimeout: no such message arrived in time.
            LeaseEnded: the lease ended first; no message can come any more.
        """
        return self._runtime.run(self._wait_for_match(match, timeout))

    async def wait_for_code_async(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - the same words as its blocking twin
        pattern: str | re.Pattern[str] | None = None,
    ) -> str:
        """``wait_for_code`` for asyncio tests."""
        judge = _Judge(pattern, self._extract)
        return judge.code(await self._runtime.run_async(self._wait_for_code(judge, timeout)))

    async def wait_for_message_async(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - the same words as its blocking twin
        match: Match | None = None,
    ) -> Message:
        """``wait_for_message`` for asyncio tests."""
        return await self._runtime.run_async(self._wait_for_match(match, timeout))

    def expect_code(
        self, timeout: float | None = None, pattern: str | re.Pattern[str] | None = None
    ) -> ExpectedCode:
        """The code of an SMS that a block causes; no message counts that was there before it.

        ::

            with otp_phone.expect_code() as code:
                page.get_by_role("button", name="Send code").click()
            fill_code(page, code.value)

        Asyncio tests write ``async with``. Where the block raises, nobody waits.

        Args:
            timeout: seconds to wait at most once the block has ended; by default the setting
                ``otp_timeout``.
            pattern: as of ``wait_for_code``.

        Raises:
            CodeTimeout: no message with a code arrived in time.
            LeaseEnded: the lease ended first; no message can come any more.
            ProviderError: the provider could not say what is there before the block.
        """
        judge = _Judge(pattern, self._extract)
        self._seconds(timeout)
        return ExpectedCode(
            self._runtime,
            lambda: lifecycle.pass_over(self._lease),
            lambda: self._wait_for_code(judge, timeout),
            judge.code,
        )

    def _wait_for_code(self, judge: _Judge, timeout: float | None) -> Flow[Message]:
        timeout_s = self._seconds(timeout)
        return self._wait("code", judge.refuse_code, timeout_s, narrowed=judge.narrowed)

    def _wait_for_match(self, match: Match | None, timeout: float | None) -> Flow[Message]:
        timeout_s = self._seconds(timeout)
        return self._wait("message", _refusal_by(match), timeout_s, narrowed=match is not None)

    def _seconds(self, timeout: object) -> float:
        if timeout is None:
            return self._timeout_s
        if not isinstance(timeout, int | float) or not 0 <= timeout <= LONGEST_S:
            raise SettingsError(
                f"timeout={timeout!r} is not a number of seconds, as 0 and 30 are, "
                "and a year at most"
            )
        return timeout

    def _wait(
        self,
        wanted: str,
        refuse: Callable[[Message], str | None],
        timeout_s: float,
        *,
        narrowed: bool,
    ) -> Flow[Message]:
        result = yield from lifecycle.wait(self._lease, refuse, timeout_s)
        if not isinstance(result, Unanswered):
            return result
        verdict = yield from verdicts.find(
            result,
            self._runtime.leases,
            refuse,
            narrowed=narrowed,
            strays=self._runtime.strays_since(self._lease.begun_at),
        )
        raise explain.unanswered(result, verdict, wanted)

    def resend(self) -> None:
        """Ask the provider to let another message through to this number.

        Raises:
            NotSupported: this provider has no such request.
            LeaseEnded: the number was given back, or the test is done with it.
        """
        provider = self._lease.provider
        if not provider.capabilities.resends:
            raise NotSupported(f"{provider.name} cannot be asked for another message; just wait")
        if self._settled:
            raise LeaseEnded(
                f"no more messages can come to {mask_number(self.number)}: the test is done with "
                "it; lease a new number"
            )
        self._runtime.run(lifecycle.resend(self._lease))

    # -- the end -------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Give the number back for a refund; harmless when it was given back before.

        Where the provider does not grant it yet, the refund is owed and is collected later.

        Raises:
            CancelRefused: a message has arrived, so the provider keeps the money.
        """
        self.finish()
        if self._lease.state in {State.SPENT, State.EXPIRED}:
            raise CancelRefused(
                "a message has arrived or the window is over, so there is no refund",
                provider=self.provider,
                operation="cancel",
            )

    def finish(self) -> None:
        """Be done with the number: settle the lease now instead of in teardown."""
        self._runtime.run(lifecycle.close(self._lease))

    @property
    def _over(self) -> bool:
        return bool(self._lease.ended) or self._settled

    @property
    def _settled(self) -> bool:
        return self._lease.state is None or self._lease.state.closed


class _Judge:
    """Finds codes in messages, by the kit's rules or by the test's pattern."""

    def __init__(
        self, pattern: str | re.Pattern[str] | None, extract: Extractor | None = None
    ) -> None:
        self._extract = extract
        # Each poll of a wait judges every message again, and reading one takes a while.
        self._known: dict[str, Extraction] = {}
        self._pattern = None if pattern is None else _compiled("pattern", pattern)

    @property
    def narrowed(self) -> bool:
        """Whether the test said itself what its code looks like."""
        return self._pattern is not None

    def refuse_code(self, message: Message) -> str | None:
        """Why no code is taken from the message."""
        found = self._extraction(message)
        return None if found.code else found.reason

    def code(self, message: Message) -> str:
        """The code of a message that was not refused."""
        return self._extraction(message).code or ""

    def _extraction(self, message: Message) -> Extraction:
        if message.id not in self._known:
            self._known[message.id] = self._read(message)
        return self._known[message.id]

    def _read(self, message: Message) -> Extraction:
        own = self._extract(message, self._pattern) if self._extract else None
        if not own:
            return code_of(message, self._pattern)
        if not isinstance(own, str):
            raise OtpError(
                f"a hook pytest_otp_extract_code returned a value of type {type(own).__name__}; "
                "return the code as a text, or None"
            )
        return Extraction(own, 1.0, "The project's own hook.")


def _refusal_by(match: Match | None) -> Callable[[Message], str | None]:
    if match is None:
        return lambda _message: None
    if callable(match):
        return partial(_refused_by_function, match)
    pattern = _compiled("match", match)
    return lambda message: (
        None if pattern.search(message.text or message.code or "") else "match= is not found in it"
    )


def _refused_by_function(match: Callable[[Message], bool], message: Message) -> str | None:
    return None if match(message) else "match= said no"


def _compiled(keyword: str, pattern: str | re.Pattern[str]) -> re.Pattern[str]:
    written = pattern.pattern if isinstance(pattern, re.Pattern) else pattern
    if not isinstance(written, str):
        raise SettingsError(
            f"{keyword}={pattern!r} is no regular expression; give a text, or what re.compile() "
            "makes of one"
        )
    try:
        return compile_pattern(pattern)
    except ValueError as error:
        raise SettingsError(f"{keyword}: {error}") from None
