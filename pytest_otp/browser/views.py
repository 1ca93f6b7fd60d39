"""Where to look: the frames behind whatever a test handed over, and the agent in each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from pytest_otp.browser.driving import is_document_gone
from pytest_otp.browser.fields import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_otp.browser.driving import AnyPage, AnyTarget, Flow

_AGENT: Final = resources.files(__package__).joinpath("agent.js").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class BoxState:
    """What a field holds now; ``gone``: removed from the page or no longer displayed."""

    characters: tuple[str, ...]
    focused: bool
    gone: bool
    disabled: bool
    invalid: bool

    @property
    def text(self) -> str:
        """The characters as one string."""
        return "".join(self.characters)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a widget shows: in its boxes, and drawn around them as single characters."""

    boxes: tuple[BoxState, ...]
    drawn: str

    @property
    def held(self) -> str:
        """What all boxes hold, as one string."""
        return "".join(box.text for box in self.boxes)


@dataclass(slots=True)
class View:
    """The agent in one frame.

    Attributes:
        agent: Playwright's handle of it.
        pointed: the test pointed at elements of this frame, not at the frame as a whole.
        fields: what the last look saw.
        ready: its document had been loaded whole by then.
        sealed: custom elements that nothing can enter.
    """

    agent: Any
    pointed: bool
    fields: tuple[Field, ...] = ()
    ready: bool = False
    sealed: tuple[str, ...] = ()

    def look(self) -> Flow[None]:
        """See which fields there are now."""
        try:
            seen = yield self.agent.evaluate("agent => agent.look()")
        except Exception as error:
            if not is_document_gone(error):
                raise
            self.fields, self.ready = (), False
            return
        self.fields = tuple(Field.of(report) for report in seen["fields"])
        self.ready = seen["ready"]
        self.sealed = tuple(seen["sealed"])

    def state(self, boxes: Sequence[Field]) -> Flow[Shown | None]:
        """What the boxes hold and what is drawn around them; None once their document is gone."""
        try:
            shown = yield self.agent.evaluate(
                "(agent, indices) => agent.state(indices)", [box.index for box in boxes]
            )
        except Exception as error:
            if not is_document_gone(error):
                raise
            return None
        states = [{**box, "characters": tuple(box["characters"])} for box in shown["boxes"]]
        return Shown(tuple(BoxState(**state) for state in states), "".join(shown["drawn"]))

    def select(self, box: Field) -> Flow[None]:
        """Select all that a field holds."""
        yield self.agent.evaluate("(agent, index) => agent.select(index)", box.index)

    def focus(self, box: Field) -> Flow[bool]:
        """Focus a field as Playwright does, which also works in frames of other origins.

        Returns:
            Whether it was still there.
        """
        try:
            handle = yield self.agent.evaluate_handle("(agent, i) => agent.element(i)", box.index)
            yield handle.as_element().focus()
            yield handle.dispose()
        except Exception as error:
            if not is_document_gone(error):
                raise
            return False
        return True

    def click(self, page: AnyPage, box: Field) -> Flow[None]:
        """Click where a field is, on whatever is on top there."""
        handle = yield self.agent.evaluate_handle("(agent, i) => agent.element(i)", box.index)
        place = yield handle.as_element().bounding_box()
        yield handle.dispose()
        if place is not None:
            middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
            yield page.mouse.click(*middle)


def page_of(target: AnyTarget) -> AnyPage:
    """The page that a Page, Frame, FrameLocator or Locator belongs to."""
    if hasattr(target, "keyboard"):
        return target
    return target.owner.page if hasattr(target, "owner") else target.page


def views(target: AnyTarget) -> Flow[list[View]]:
    """An agent in each frame that the target covers; none while the target is not there yet."""
    if hasattr(target, "element_handles"):
        return (yield from _views_of_locator(target))
    if hasattr(target, "owner"):
        root = target.locator(":root")
        if not (yield root.count()):
            return []
        element = yield root.element_handle()
        target = yield element.owner_frame()
    frame = target.main_frame if hasattr(target, "main_frame") else target
    return (yield from _views_of_frames(frame))


def _views_of_locator(locator: AnyTarget) -> Flow[list[View]]:
    handles = yield locator.element_handles()
    if not handles:
        return []
    found = []
    inner = []
    for handle in handles:
        frames = yield handle.query_selector_all("iframe")
        for element in [handle, *frames]:
            content = yield element.content_frame()
            if content is not None:
                inner.append(content)
    owner = yield handles[0].owner_frame()
    agent = yield owner.evaluate_handle(_AGENT, handles)
    found.append(View(agent, pointed=True))
    for frame in inner:
        found += yield from _views_of_frames(frame)
    return found


def _views_of_frames(frame: AnyTarget) -> Flow[list[View]]:
    """The frame and those inside it; one that goes away while being looked at is left out."""
    found = []
    try:
        agent = yield frame.evaluate_handle(_AGENT, None)
        found.append(View(agent, pointed=False))
    except Exception as error:
        if not is_document_gone(error):
            raise
        return []
    for child in frame.child_frames:
        found += yield from _views_of_frames(child)
    return found
