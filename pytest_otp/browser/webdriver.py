"""WebDriver with the calls that the flows make of Playwright, so that they run on Selenium too.

WebDriver can keep no object of a page but an element. So what a script made stays in the page,
under a symbol, and a handle is its number there: one that no other page has, since the driver of a
frame that is gone may find itself in another.

Looks wrong and is right: frames are counted from the one that the driver is switched to, and are
left by their parents, because WebDriver cannot say which one that is; scripts are put together as
text, because a page's own security policy may forbid ``eval``.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from pytest_otp.ticks import ticks

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

_CLICK_MS: Final = 30_000
_TICK_S: Final = 0.05
_NOT_YET: Final = (ElementClickInterceptedException, ElementNotInteractableException)
_KEYS: Final = {"Backspace": Keys.BACKSPACE, "End": Keys.END, "Escape": Keys.ESCAPE}
_PRELUDE: Final = """
    const kept = (window[Symbol.for("pytest-otp.kept")] ??= {});
    const [given, subject, number] = arguments;
    const it = typeof subject === "number" ? kept[subject] : subject;
    if (it === undefined) throw new Error("the page's context was destroyed");
"""
_ON: Final = "const result = ({script})(it, given);"
_IN: Final = "const result = ({script})(given);"
_KEEP: Final = """
    if (result === null || result.nodeType === 1) return result;
    kept[number] = result;
    return number;
"""
_FRAMES: Final = """() => {
    function* within(root) {
        for (const element of root.querySelectorAll("*")) {
            yield element;
            if (element.shadowRoot) yield* within(element.shadowRoot);
        }
    }
    return [...within(document)].filter((element) => /^i?frame$/.test(element.localName));
}"""
_numbers: Final = itertools.count()
_SELECT: Final = """(select, index) => {
    select.selectedIndex = index;
    for (const type of ["input", "change"])
        select.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
}"""


class Page:
    """The document that the driver is switched to, with the frames inside it."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self.main_frame = Frame(self, ())
        self._at: tuple[WebElement, ...] = ()

    @property
    def keyboard(self) -> Page:
        """What types: into whatever has the focus."""
        return self

    @property
    def frames(self) -> list[Frame]:
        """All of them, outer ones first."""
        found = [self.main_frame]
        for frame in found:
            found += frame.child_frames
        return found

    def type(self, character: str, delay: float) -> None:
        """Press a key for so many milliseconds."""
        keys = ActionChains(self.driver, duration=0)
        keys.key_down(character).pause(delay / 1000).key_up(character).perform()

    def press(self, key: str) -> None:
        """Press a named key."""
        ActionChains(self.driver, duration=0).key_down(_KEYS[key]).key_up(_KEYS[key]).perform()

    def wait_for_timeout(self, milliseconds: float) -> None:
        """Do nothing for a while."""
        time.sleep(milliseconds / 1000)

    def switch_to(self, path: tuple[WebElement, ...]) -> None:
        """Switch to the frame at the end of the path."""
        while self._at != path[: len(self._at)]:
            self.driver.switch_to.parent_frame()
            self._at = self._at[:-1]
        for element in path[len(self._at) :]:
            self.driver.switch_to.frame(element)
            self._at = (*self._at, element)


@dataclass(frozen=True)
class Located:
    """An element that a test pointed at."""

    page: Page
    element: WebElement

    def element_handles(self) -> list[Handle]:
        """The element."""
        return [Handle(self.page.main_frame, self.element)]


@dataclass(frozen=True)
class Frame:
    """A frame, by the elements that hold it and those around it."""

    page: Page
    path: tuple[WebElement, ...]

    @property
    def child_frames(self) -> list[Frame]:
        """Those right inside it."""
        elements = self.run(f"return ({_FRAMES})();")
        return [Frame(self.page, (*self.path, element)) for element in elements]

    def evaluate_handle(self, script: str, given: Any = None) -> Handle:  # noqa: ANN401
        """What a function makes of what it is given; that stays in the page."""
        return Handle(self, self.run(_IN.format(script=script) + _KEEP, given))

    def run(self, body: str, given: Any = None, subject: Any = None) -> Any:  # noqa: ANN401
        """Run a script in this frame."""
        self.page.switch_to(self.path)
        if isinstance(given, list):
            given = [each.reference if isinstance(each, Handle) else each for each in given]
        script = _PRELUDE + body
        return self.page.driver.execute_script(script, given, subject, next(_numbers))


@dataclass(frozen=True)
class Handle:
    """Something in a page: an element, None, or the number of what a script made."""

    frame: Frame
    reference: Any

    def evaluate(self, script: str, given: Any = None) -> Any:  # noqa: ANN401
        """What a function makes of it, as a value."""
        return self.frame.run(_ON.format(script=script) + "return result;", given, self.reference)

    def evaluate_handle(self, script: str, given: Any = None) -> Handle:  # noqa: ANN401
        """What a function makes of it; that stays in the page."""
        made = self.frame.run(_ON.format(script=script) + _KEEP, given, self.reference)
        return Handle(self.frame, made)

    def get_property(self, name: str) -> Handle:
        """One of its properties."""
        return self.evaluate_handle(f"it => it.{name}")

    def as_element(self) -> Handle | None:
        """Itself, if it is an element."""
        return self if isinstance(self.reference, WebElement) else None

    def dispose(self) -> None:
        """Nothing is to be done for an element."""

    def query_selector_all(self, selector: str) -> list[Handle]:
        """Elements inside it."""
        found = self.evaluate("(it, selector) => [...it.querySelectorAll(selector)]", selector)
        return [Handle(self.frame, element) for element in found]

    def content_frame(self) -> Frame | None:
        """The frame that it holds."""
        is_frame = self.evaluate("it => /^i?frame$/.test(it.localName)")
        return Frame(self.frame.page, (*self.frame.path, self.reference)) if is_frame else None

    def owner_frame(self) -> Frame:
        """The frame that it is in."""
        return self.frame

    def focus(self) -> None:
        """Focus it, without a click."""
        self.evaluate("it => it.focus()")

    def select_option(self, *, index: int, force: bool) -> None:  # noqa: ARG002 - always is
        """Choose an option of a ``<select>``, be it drawn over."""
        self.evaluate(_SELECT, index)

    def click(self, *, timeout: float = _CLICK_MS, force: bool = False) -> None:
        """Click its middle as soon as it can be clicked; forced: whatever is drawn over it.

        Raises:
            TimeoutError: it could not be clicked within so many milliseconds.
        """
        self.frame.page.switch_to(self.frame.path)
        deadline = ticks() + timeout / 1000
        while True:
            try:
                if force:
                    ActionChains(self.frame.page.driver).click(self.reference).perform()
                else:
                    self.reference.click()
            except _NOT_YET as error:
                if ticks() >= deadline:
                    raise TimeoutError(error.msg) from None
                time.sleep(_TICK_S)
            else:
                return
