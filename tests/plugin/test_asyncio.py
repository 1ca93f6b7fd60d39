"""Waits in asyncio tests, whoever runs the loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_otp.core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_otp.core.rows import Row

    Run = Callable[..., pytest.RunResult]
    Rows = Callable[[], list[Row]]

BODY = """
import pytest

{mark}
async def test_waits(otp_phone, otp_sandbox):
    otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
    assert await otp_phone.wait_for_code_async(timeout=10) == "123456"
    async with otp_phone.expect_code(timeout=10) as code:
        otp_sandbox.deliver(otp_phone.number, "Your code is 246810")
    assert code.value == "246810"
    otp_sandbox.deliver(otp_phone.number, "hello")
    assert (await otp_phone.wait_for_message_async(timeout=10, match="hel")).text == "hello"

def test_blocks(otp_phone, otp_sandbox):
    otp_sandbox.deliver(otp_phone.number, "Your code is 654321")
    assert otp_phone.wait_for_code(timeout=10) == "654321"

{mark}
async def test_waits_again(otp_phone, otp_sandbox):
    otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
    assert await otp_phone.wait_for_code_async(timeout=10) == "123456"
"""

BLOCK = """
                async with otp_phone.expect_code():
                    pass
"""


@pytest.mark.parametrize(
    ("mark", "arguments"),
    [
        ("@pytest.mark.asyncio", ["-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=strict"]),
        ("", ["-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto"]),
        (
            "@pytest.mark.asyncio(loop_scope='session')",
            ["-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=strict"],
        ),
        ("@pytest.mark.anyio", ["-p", "anyio"]),
    ],
    ids=["strict", "auto", "session-loop", "anyio"],
)
def test_asyncio_and_blocking_tests_mix(
    pytester: pytest.Pytester, run: Run, mark: str, arguments: list[str]
) -> None:
    """pytest-asyncio in both modes and with one loop for all, and anyio; between them, no loop."""
    if "pytest_asyncio.plugin" in arguments:
        arguments = [*arguments, "-o", "asyncio_default_fixture_loop_scope=function"]
    else:
        pytester.makeconftest(
            """
            import pytest

            @pytest.fixture
            def anyio_backend():
                return "asyncio"
            """
        )
    pytester.makepyfile(BODY.format(mark=mark))
    run(*arguments).assert_outcomes(passed=3)


def test_a_cancelled_task_leaves_nothing_behind(
    pytester: pytest.Pytester, run: Run, rows: Rows
) -> None:
    """No open request, no half-written row; the phone can be waited on again."""
    pytester.makepyfile(
        """
        import asyncio
        import pytest

        @pytest.mark.asyncio
        async def test_cancel(otp_phone, otp_sandbox):
            task = asyncio.create_task(otp_phone.wait_for_code_async(timeout=30))
            for _ in range(20):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == {asyncio.current_task()}
            otp_sandbox.deliver(otp_phone.number, "Your code is 123456")
            assert await otp_phone.wait_for_code_async(timeout=10) == "123456"
        """
    )
    options = ("-o", "asyncio_default_fixture_loop_scope=function")
    run("-p", "pytest_asyncio.plugin", *options).assert_outcomes(passed=1)
    assert [row.state for row in rows()] == [State.SPENT]


def test_a_failure_ends_in_the_test_s_own_line(pytester: pytest.Pytester, run: Run) -> None:
    """As that of a blocking wait: no line of the kit, whose variables hold the number."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.asyncio
        async def test_refused(otp_phone, otp_sandbox):
            (sold,) = otp_sandbox.activations()
            with open("number", "w") as file:
                file.write(sold.number)
            otp_sandbox.revoke_key(sold.account)
            del sold
            await otp_phone.wait_for_code_async(timeout=5)
        """
    )
    options = ("-o", "asyncio_default_fixture_loop_scope=function", "--tb=long", "--showlocals")
    result = run("-p", "pytest_asyncio.plugin", *options)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *CredentialsRefused: sandbox: read*", "test_*.py:10: CredentialsRefused"]
    )
    result.stdout.no_fnmatch_line("*pytest_otp/*.py:*")
    assert (pytester.path / "number").read_text() not in result.stdout.str()


@pytest.mark.parametrize("block", ["await otp_phone.wait_for_code_async()", BLOCK])
def test_a_task_that_asyncio_does_not_run_is_told_so(
    pytester: pytest.Pytester, run: Run, block: str
) -> None:
    """In one sentence; here the test runs it by hand, as trio would."""
    pytester.makepyfile(
        f"""
        import pytest
        from pytest_otp.errors import NotSupported

        def test_by_hand(otp_phone):
            async def waits():
                {block}

            with pytest.raises(NotSupported, match="are for asyncio.*trio.to_thread.run_sync"):
                waits().send(None)
        """
    )
    run().assert_outcomes(passed=1)


def test_a_thousand_leases_wait_in_one_process(
    pytester: pytest.Pytester, run: Run, rows: Rows
) -> None:
    """All get their own code, without an error, in less than 400 MB."""
    pytester.makepyfile(
        """
        import asyncio
        import resource
        import pytest

        @pytest.fixture(scope="session", autouse=True)
        def descriptors():
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            if hard < 4096:
                pytest.skip("a thousand open requests need more file descriptors")
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))

        @pytest.mark.asyncio
        async def test_many(otp_lease, otp_sandbox):
            otp_sandbox.set_stock(100_000)
            phones = [otp_lease() for _ in range(1000)]
            waits = [asyncio.create_task(p.wait_for_code_async(timeout=600)) for p in phones]
            await asyncio.sleep(0)
            for n, phone in enumerate(phones):
                await asyncio.to_thread(
                    otp_sandbox.deliver, phone.number, f"Your code is {100_000 + n}"
                )
            codes = await asyncio.gather(*waits)
            assert codes == [str(100_000 + n) for n in range(1000)]
            assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 400 * 1024
        """
    )
    options = ("-o", "asyncio_default_fixture_loop_scope=function")
    run("-p", "pytest_asyncio.plugin", *options).assert_outcomes(passed=1)
    assert [row.state for row in rows()] == [State.SPENT] * 1000
