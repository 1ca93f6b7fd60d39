"""Every error that the kit raises.

::

    OtpError
    ├── SettingsError              a wrong flag, ini key, environment variable or marker
    ├── LedgerError                the ledger cannot be used
    │   └── IllegalMove            an event that the lease's state does not allow
    ├── BudgetExceeded             a purchase that no budget has room for; nothing was bought
    ├── NumberUnavailable          nobody sells a number as asked; nothing was bought
    ├── ProviderError              something at the provider; names provider and operation
    │   ├── ProviderUnavailable    no answer, a server error, or a rate limit
    │   ├── ProviderProtocolError  an answer that does not fit the provider's document
    │   ├── ProviderRefused        an error code that the provider documents, or its own words
    │   │   ├── CredentialsRefused
    │   │   ├── InsufficientBalance
    │   │   ├── OutOfStock
    │   │   ├── ActivationNotFound
    │   │   └── CancelRefused      too early, or no longer possible
    │   └── PurchaseUnknown        the answer to a purchase was lost
    ├── WaitError                  no message was returned
    │   ├── CodeTimeout            none in time
    │   └── LeaseEnded             none can come any more
    ├── NotSupported               the provider cannot do what was asked
    ├── SandboxError               the embedded sandbox
    │   ├── SandboxPortInUse
    │   └── SandboxUnreachable
    └── BrowserError               a form that could not be filled in
        ├── BrowserMissing         no Chromium that launches
        ├── FieldNotFound          no field of that kind, with what was seen instead
        ├── SeveralFields          more than one, and nothing says which
        ├── FieldUnreachable       inside a closed shadow root, which nothing can enter
        ├── FieldRejected          the field does not hold what was typed
        ├── CodeTooLong            more digits than boxes
        ├── ControlNotReady        a button that is still cooling down
        └── TargetRefused          a live number, on a host that is not under test

Classes are for ``except``; the ``code`` of each is stable and is for tables and reports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime

    from pytest_otp.core.verdicts import Verdict


class OtpError(Exception):
    """The root: ``except OtpError`` catches all that the kit raises on purpose.

    Attributes:
        provider_fault: the provider failed, not the application under test; see
            ``--otp-on-provider-fault``.
    """

    code: ClassVar[str] = "otp"
    provider_fault: bool = False


class SettingsError(OtpError):
    """A setting is wrong; the text names it, its value and what would be right."""

    code = "settings"


class LedgerError(OtpError):
    """The ledger cannot be opened, read or written."""

    code = "ledger"


class IllegalMove(LedgerError):
    """An event that the table of moves does not list for the lease's state."""

    code = "illegal_move"


class BudgetExceeded(OtpError):
    """A purchase would pass a budget; nothing was bought."""

    code = "budget_exceeded"


class NumberUnavailable(OtpError):
    """No provider sells a number as asked; nothing was bought."""

    code = "number_unavailable"


class ProviderError(OtpError):
    """Something at a provider.

    Args:
        message: one sentence, without secrets.
        provider: the provider's id.
        operation: the kit's name of what was asked, such as ``buy``.
        status: HTTP status of the answer, if there was one.
    """

    code = "provider"

    def __init__(
        self, message: str, *, provider: str, operation: str, status: int | None = None
    ) -> None:
        answered = f" (HTTP {status})" if status is not None else ""
        super().__init__(f"{provider}: {operation}{answered}: {message}")
        self.message = message
        self.provider = provider
        self.operation = operation
        self.status = status


class ProviderUnavailable(ProviderError):
    """No answer, a server error or a rate limit: asking again later may help.

    Attributes:
        retry_after_s: seconds that the provider asked to wait, if it did.
    """

    code = "provider_unavailable"
    provider_fault = True
    retry_after_s: float | None = None


class ProviderProtocolError(ProviderError):
    """An answer that does not fit the provider's document."""

    code = "provider_protocol"
    provider_fault = True


class ProviderRefused(ProviderError):
    """The provider said no, in its own words.

    Attributes:
        provider_code: the provider's own error code, unchanged, if it gave one.
    """

    code = "provider_refused"
    provider_code: str | None = None


class CredentialsRefused(ProviderRefused):
    """The key is missing, wrong, expired or revoked."""

    code = "credentials_refused"


class InsufficientBalance(ProviderRefused):
    """The account has not enough money."""

    code = "insufficient_balance"


class OutOfStock(ProviderRefused):
    """No number is for sale for this service and country now."""

    code = "out_of_stock"


class ActivationNotFound(ProviderRefused):
    """The provider does not know the purchase, or no longer."""

    code = "activation_not_found"


class CancelRefused(ProviderRefused):
    """A cancel was refused.

    Attributes:
        retry_at: when the provider would grant it; None where it never will.
    """

    code = "cancel_refused"
    retry_at: datetime | None = None


class PurchaseUnknown(ProviderError):
    """The answer to a purchase was lost: a number may or may not have been bought."""

    code = "purchase_unknown"
    provider_fault = True


class WaitError(OtpError):
    """A wait ended without a message.

    Attributes:
        verdict: why; its ``cause`` is stable.
    """

    code = "wait"
    verdict: Verdict | None = None


class CodeTimeout(WaitError):
    """No message that fits arrived in time."""

    code = "code_timeout"


class LeaseEnded(WaitError):
    """The lease ended before a message arrived: none can come any more."""

    code = "lease_ended"


class NotSupported(OtpError):
    """The provider cannot do what was asked."""

    code = "not_supported"


class SandboxError(OtpError):
    """The embedded sandbox could not be started or reached."""

    code = "sandbox"


class SandboxPortInUse(SandboxError):
    """The port asked for is taken."""

    code = "sandbox_port_in_use"


class SandboxUnreachable(SandboxError):
    """Nothing answers at the sandbox's URL, or something else does."""

    code = "sandbox_unreachable"


class BrowserError(OtpError):
    """A form in a browser could not be filled in."""

    code = "browser"


class BrowserMissing(BrowserError):
    """No Chromium launches, and none could be installed."""

    code = "browser_missing"


class FieldNotFound(BrowserError):
    """No field of the kind that was looked for; the text lists what was seen instead."""

    code = "field_not_found"


class SeveralFields(BrowserError):
    """Several fields fit equally well: a narrower locator decides."""

    code = "several_fields"


class FieldUnreachable(BrowserError):
    """The field is inside a closed shadow root."""

    code = "field_unreachable"


class FieldRejected(BrowserError):
    """The field does not report what was typed into it."""

    code = "field_rejected"


class CodeTooLong(BrowserError):
    """The code has more digits than the widget has boxes."""

    code = "code_too_long"


class ControlNotReady(BrowserError):
    """The control was found and cannot be clicked yet."""

    code = "control_not_ready"


class TargetRefused(BrowserError):
    """A live number or its code was about to be typed at a host that ``otp_targets`` lacks."""

    code = "target_refused"
