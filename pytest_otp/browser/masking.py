"""Screenshots that mask the number and the code, where ``otp_mask_screenshots`` asks for it.

Playwright masks what a locator finds, so what shows a secret is marked for as long as the picture
is taken: the fields that the kit typed into, and whatever else of the page shows one whole, as the
same form does when it comes back with an error.

Looks wrong and is right: the page's own ``screenshot`` is replaced, because pytest-playwright takes
the picture of a failed test by it and offers no mask; a document that does not answer in time fails
the picture, since an unmasked one is what nobody wants.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary

from pytest_otp.browser.driving import is_document_gone, run
from pytest_otp.browser.views import page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_otp.browser.driving import AnyPage, AnyTarget, Flow
    from pytest_otp.browser.phones import PhoneLike

T = TypeVar("T")
# Letters and digits, and whether they stand alone: a code does, a number may follow a prefix.
Secret = tuple[tuple[str, ...], bool]

_SCRIPT: Final = resources.files(__package__).joinpath("masking.js").read_text(encoding="utf-8")
_MARK: Final = "data-pytest-otp-masked"
# Longer than a picture takes that has Playwright's own timeout.
_PICTURE_S: Final = 60
# Kept by the document itself, so that they go with it.
_KEEP: Final = """(agent, indices) => {
    const typed = (window[Symbol.for("pytest-otp.typed")] ??= []);
    typed.push(...indices.map((index) => agent.element(index)));
}"""
_wanted: list[bool] = []
# By browser context, since an application may open further pages.
_secrets: WeakKeyDictionary[Any, set[Secret]] = WeakKeyDictionary()


@contextmanager
def switched_on() -> Iterator[None]:
    """Mask what is typed in this process from now on."""
    _wanted.append(True)
    try:
        yield
    finally:
        _wanted.pop()


def number(phone: PhoneLike) -> set[Secret]:
    """A phone number, however it is written; some countries dial other digits at home."""
    digits = (phone.number.removeprefix(phone.dial_code), phone.national)
    return {(tuple(filter(str.isdigit, text)), False) for text in digits}


def code(text: str) -> set[Secret]:
    """A one-time code."""
    return {(tuple(filter(str.isalnum, text)), True)}


def masked(flow: Flow[T], target: AnyTarget, secrets: set[Secret]) -> Flow[T]:
    """The flow, which types a secret; screenshots of its context mask it from then on."""
    __tracebackhide__ = True
    if _wanted:
        context = page_of(target).context
        if context not in _secrets:
            _secrets[context] = set()
            for page in context.pages:
                _mask_screenshots(page)
            context.on("page", _mask_screenshots)
        _secrets[context] |= secrets
    return (yield from flow)


def keep(agent: Any, indices: list[int]) -> Flow[None]:  # noqa: ANN401 - Playwright's handle
    """Mask these fields of a frame, whatever comes to be in them."""
    if _wanted:
        yield agent.evaluate(_KEEP, indices)


def _mask_screenshots(page: AnyPage) -> None:
    take = page.screenshot

    @wraps(take)
    def screenshot(**options: Any) -> Any:  # noqa: ANN401 - Playwright's own options, and either API
        __tracebackhide__ = True
        return run(_screenshot(page, take, options), page, answer_s=_PICTURE_S)

    page.screenshot = screenshot


def _screenshot(page: AnyPage, take: Any, options: dict[str, Any]) -> Flow[bytes]:  # noqa: ANN401
    __tracebackhide__ = True
    frames = page.frames
    # Lists, since older versions of Playwright hand no tuple over.
    secrets = [[[*characters], alone] for characters, alone in sorted(_secrets[page.context])]
    for frame in frames:
        yield from _mark(frame, secrets, options.get("timeout"))
    marked = [frame.locator(f"[{_MARK}]") for frame in frames if not frame.is_detached()]
    try:
        picture: bytes = yield take(**{**options, "mask": [*(options.get("mask") or ()), *marked]})
    except Exception:
        yield from _unmark(frames)
        raise
    yield from _unmark(frames)
    return picture


def _mark(frame: AnyTarget, secrets: list[Any], timeout: Any) -> Flow[None]:  # noqa: ANN401
    """Mark what tells in a frame; again if the frame went to another document meanwhile."""
    for last in (False, True):
        try:
            yield frame.locator(":root").evaluate(_SCRIPT, [_MARK, secrets], timeout=timeout)
        except Exception as error:
            if frame.is_detached():
                return
            if last or not is_document_gone(error):
                raise
        else:
            return


def _unmark(frames: list[AnyTarget]) -> Flow[None]:
    for frame in frames:
        try:
            yield frame.locator(":root").evaluate(_SCRIPT, [_MARK, []], timeout=1000)
        except Exception:  # noqa: BLE001, S112 - a page that is gone keeps no marks
            continue
