"""What a test that holds a phone relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_otp.core.states import State
from pytest_otp.sandbox.handle import Sandbox
from pytest_otp.sandbox.server import start

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pytest_otp.core.rows import Row

    Run = Callable[..., pytest.RunResult]
    Rows = Callable[[], list[Row]]


def test_code_that_the_gateway_sent_is_returned(
    pytester: pytest.Pytester, run: Run, rows: Rows
) -> None:
    """Application -> gateway -> carrier -> number -> provider's API -> ``wait_for_code``."""
    pytester.makepyfile(
        """
        import httpx

        def test_code(otp_phone, otp_sandbox):
            sms = {"to": otp_phone.number, "text": "Your code is 123456", "from": "Shop"}
            url = otp_sandbox.gateway_url("plain") + "/messages"
            assert httpx.post(url, json=sms).status_code == 202
            assert otp_phone.wait_for_code() == "123456"
            assert [m.sender for m in otp_phone.messages()] == ["Shop"]
        """
    )
    run().assert_outcomes(passed=1)
    assert [(row.state, row.owner.run != "") for row in rows()] == [(State.SPENT, True)]


def test_number_in_all_its_forms(pytester: pytest.Pytester, run: Run) -> None:
    """What a form asks for, the phone can tell."""
    pytester.makepyfile(
        """
        import re
        from datetime import UTC, datetime
        from pytest_otp import Money

        def test_forms(otp_lease):
            phone = otp_lease(country="GB")
            assert re.fullmatch(r"\\+44\\d{10}", phone.number)
            assert re.fullmatch(r"0\\d+ \\d+ \\d+", phone.national)
            assert phone.national.replace(" ", "") == "0" + phone.number.removeprefix("+44")
            assert phone.international == "+44 " + phone.national.removeprefix("0")
            assert phone.rfc3966 == "tel:" + phone.international.replace(" ", "-")
            assert (phone.country, phone.dial_code) == ("GB", "+44")
            assert (phone.service, phone.provider) == ("any", "sandbox")
            assert isinstance(phone.price, Money) and phone.price.currency == "USD"
            assert phone.expires_at > datetime.now(UTC)
            assert phone.number not in repr(phone)
        """
    )
    run().assert_outcomes(passed=1)


def test_each_wait_returns_another_message(pytester: pytest.Pytester, run: Run) -> None:
    """The same digits twice are two messages; a message without a code is left for later."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp import CodeTimeout

        def test_messages(otp_phone, otp_sandbox):
            for text in ["Your code is 111111", "Welcome to the shop", "Your code is 111111"]:
                otp_sandbox.deliver(otp_phone.number, text)
            assert otp_phone.wait_for_code() == "111111"
            assert otp_phone.wait_for_code() == "111111"
            with pytest.raises(CodeTimeout, match="2 taken by earlier waits"):
                otp_phone.wait_for_code(timeout=0.05)
            assert otp_phone.wait_for_message(match="Welcome").text == "Welcome to the shop"
            assert len(otp_phone.messages()) == 3
        """
    )
    run().assert_outcomes(passed=1)


def test_pattern_and_match_narrow(pytester: pytest.Pytester, run: Run) -> None:
    """A test may say itself what its code looks like, and which message it means."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp import OtpError

        def test_pattern(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "ref X9-K then 4711")
            with pytest.raises(OtpError, match="pattern"):
                otp_phone.wait_for_code(pattern="(")
            assert otp_phone.wait_for_code(pattern=r"ref (\\S+)") == "X9-K"

        def test_match(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "one", sender="A")
            otp_sandbox.deliver(otp_phone.number, "two", sender="B")
            assert otp_phone.wait_for_message(match=lambda m: m.sender == "B").text == "two"
            assert otp_phone.wait_for_message().text == "one"
        """
    )
    run().assert_outcomes(passed=2)


def test_silent_application_is_told_as_such(pytester: pytest.Pytester, run: Run) -> None:
    """``CodeTimeout`` after ``--otp-timeout`` seconds, with messages and polls counted."""
    pytester.makepyfile("def test_silence(otp_phone): otp_phone.wait_for_code()")
    result = run("--otp-timeout=0.3")
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(
        [
            r"E +\S*CodeTimeout: no code for \+1•{7}\d{4} \(sandbox, US\) in 0\.\d s",
            r"E +\d polls? (was|were) made; no message arrived",
        ]
    )
    # The user's own line, not the kit's insides.
    assert "test_silent_application_is_told_as_such.py:1: CodeTimeout" in result.stdout.str()


def test_refused_message_is_shown_masked(pytester: pytest.Pytester, run: Run) -> None:
    """The text says why the message was not taken, and shows no digit of it."""
    pytester.makepyfile(
        """
        def test_other(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Ihr Code: 987654")
            otp_phone.wait_for_code(timeout=0.05, pattern="X-[0-9]+")
        """
    )
    result = run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*1 message arrived*", "*not taken: 'Ihr Code: ••••••'*"])


def test_unused_number_is_given_back(pytester: pytest.Pytester, run: Run, rows: Rows) -> None:
    """Teardown cancels for the refund, also after a failed test."""
    pytester.makepyfile(
        """
        def test_passes(otp_phone): pass
        def test_fails(otp_phone): raise AssertionError

        def test_books(otp_sandbox):
            assert [a.refunded for a in otp_sandbox.activations()] == [True, True]
        """
    )
    run().assert_outcomes(passed=2, failed=1)
    assert [row.state for row in rows()] == [State.REFUNDED, State.REFUNDED]


def test_cancel_and_finish(pytester: pytest.Pytester, run: Run, rows: Rows) -> None:
    """A test may settle early; after that no wait begins, and a spent number has no refund."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_otp import LeaseEnded, ProviderError

        def test_cancel(otp_phone):
            otp_phone.cancel()
            otp_phone.cancel()
            with pytest.raises(LeaseEnded):
                otp_phone.wait_for_code(timeout=30)
            with pytest.raises(LeaseEnded, match="the test is done with it"):
                otp_phone.resend()

        def test_finish(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            otp_phone.resend()
            otp_phone.wait_for_code()
            otp_phone.finish()
            with pytest.raises(ProviderError, match="no refund"):
                otp_phone.cancel()
            with pytest.raises(LeaseEnded):
                otp_phone.resend()
            assert len(otp_phone.messages()) == 1

        @pytest.mark.otp(provider="smsgang", service="telegram")
        def test_ended_with_its_message(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            otp_phone.wait_for_code()
            otp_sandbox.fault(path="*/check-sms", status=404, body={"message": "Not found"})
            assert len(otp_phone.messages()) == 1
        """
    )
    run().assert_outcomes(passed=3)
    assert [row.state for row in rows()] == [State.REFUNDED, State.SPENT, State.SPENT]


def test_time_that_a_test_stops(pytester: pytest.Pytester, run: Run) -> None:
    """A wait ends though ``time`` stands still, as under freezegun; the sandbox answers on."""
    pytester.makepyfile(
        """
        import time
        import pytest
        from pytest_otp import CodeTimeout

        @pytest.fixture
        def frozen(monkeypatch):
            monkeypatch.setattr(time, "time", lambda: 1326499200.0)
            monkeypatch.setattr(time, "monotonic", lambda: 1326499200.0)

        def test_code(frozen, otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456", delay_s=0.1)
            assert otp_phone.wait_for_code(timeout=20) == "123456"

        def test_silence(otp_phone, frozen):
            with pytest.raises(CodeTimeout):
                otp_phone.wait_for_code(timeout=0.3)
        """
    )
    run("-p", "pytest_timeout", "--timeout=60").assert_outcomes(passed=2)


def test_asyncio_waits(pytester: pytest.Pytester, run: Run) -> None:
    """Tasks of one loop wait at the same time; each loop of the run works."""
    pytester.makepyfile(
        """
        import asyncio
        import pytest

        pytestmark = pytest.mark.anyio

        @pytest.fixture(params=["asyncio"])
        def anyio_backend(request):
            return request.param

        @pytest.mark.parametrize("loop", [1, 2])
        async def test_many(otp_lease, otp_sandbox, loop):
            phones = [otp_lease() for _ in range(5)]
            waits = [asyncio.create_task(p.wait_for_code_async(timeout=30)) for p in phones]
            await asyncio.sleep(0)
            for n, phone in enumerate(reversed(phones)):
                otp_sandbox.deliver(phone.number, f"Your code is 10000{n}")
            assert await asyncio.gather(*waits) == [f"10000{n}" for n in reversed(range(5))]

        async def test_message(otp_phone, otp_sandbox):
            otp_sandbox.deliver(otp_phone.number, "hello")
            assert (await otp_phone.wait_for_message_async(match="hel")).text == "hello"
        """
    )
    run("-p", "anyio").assert_outcomes(passed=3)


def test_out_of_stock_names_the_steps(pytester: pytest.Pytester, run: Run, rows: Rows) -> None:
    """A test that cannot get a number says what was tried; nothing was bought."""
    pytester.makepyfile("def test_dear(otp_phone): pass")
    result = run("--otp-max-price=0.01 USD", "--otp-country=US,GB")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*NumberUnavailable*US * over 0.01 USD*GB * over 0.01 USD*"])
    assert rows() == []


def test_service_is_needed_by_a_real_provider(pytester: pytest.Pytester, run: Run) -> None:
    """The sandbox sells numbers for anything; what a test means it may still say."""
    pytester.makepyfile("def test_service(otp_phone): assert otp_phone.service == 'telegram'")
    run("--otp-service=telegram").assert_outcomes(passed=1)


def test_sandbox_of_another_process_is_used(pytester: pytest.Pytester, run: Run) -> None:
    """``--otp-sandbox-url`` shares one sandbox among runs."""
    pytester.makepyfile("def test_leases(otp_phone): assert otp_phone.number")
    with start() as running:
        run(f"--otp-sandbox-url={running.url}/").assert_outcomes(passed=1)
        sandbox = Sandbox(running.url)
        assert len(sandbox.activations()) == 1
        sandbox.close()
