"""Around ``fill_code`` and ``fill_phone`` in a live run: only on the hosts under test.

Checked where the number or the code is about to be typed; from then on that page's top level goes
nowhere else. Requests of frames and of scripts are the application's own business.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet

from pytest_otp import targets
from pytest_otp.browser.views import page_of

if TYPE_CHECKING:
    from pytest_otp.browser.driving import AnyPage, AnyTarget, Flow

T = TypeVar("T")
_log = logging.getLogger(__name__)
_held: WeakSet[AnyPage] = WeakSet()


def guarded(flow: Flow[T], target: AnyTarget, what: str) -> Flow[T]:
    """The flow, if the page behind the target may hold ``what``."""
    __tracebackhide__ = True
    if targets.are_declared():
        page = page_of(target)
        targets.check(page.url, what)
        if page not in _held:
            _held.add(page)
            yield page.route(lambda url: not targets.allows(url), _stay)
    return (yield from flow)


# With the async API what this returns is a coroutine, which Playwright awaits.
def _stay(route: Any) -> Any:  # noqa: ANN401 - of either API, which share no type
    request = route.request
    if not (request.is_navigation_request() and request.frame.parent_frame is None):
        return route.fallback()
    _log.warning(
        "A page that holds a live number may not go to %r: otp_targets does not name it",
        urlsplit(request.url).hostname,
    )
    # Of the reasons that a browser knows, the one that leaves the page as it is.
    return route.abort("aborted")
