"""The site's routes."""

import math
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from . import pages
from .phone import BadNumberError, to_e164
from .settings import Settings
from .sms import NotSentError, SmsGateway
from .verification import Outcome, Verification

SESSION_COOKIE = "signup"
NOT_SENT = "We could not send the SMS. Please try again in a moment."


def create_app(settings: Settings | None = None) -> Starlette:
    """Build the site; also for `uvicorn --factory signup_app.app:create_app`."""
    site = _Site(settings or Settings.from_environment())
    return Starlette(
        lifespan=site.lifespan,
        routes=[
            Route("/", site.home),
            Route("/sign-up", site.show_sign_up),
            Route("/sign-up", site.sign_up, methods=["POST"]),
            Route("/verify", site.show_verify),
            Route("/verify", site.verify, methods=["POST"]),
            Route("/resend", site.resend, methods=["POST"]),
            Route("/welcome", site.welcome),
            Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        ],
    )


class _Site:
    """The handlers, with what they share: the gateway, and the visitors under verification."""

    _gateway: SmsGateway

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._visitors: dict[str, Verification] = {}

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(timeout=5) as client:
            self._gateway = SmsGateway(client, self._settings.sms_gateway_url)
            yield

    async def home(self, _request: Request) -> Response:
        return _see("/sign-up")

    async def show_sign_up(self, _request: Request) -> Response:
        return pages.sign_up()

    async def sign_up(self, request: Request) -> Response:
        form = await _form(request)
        country, number = form.get("country", ""), form.get("number", "")
        try:
            e164 = to_e164(country, number)
        except BadNumberError as error:
            return pages.sign_up(country, number, alert=str(error), status=400)
        visitor = Verification(
            e164, self._settings.code_lifetime_s, self._settings.resend_cooldown_s
        )
        try:
            await self._send_code(visitor)
        except NotSentError:
            return pages.sign_up(country, number, alert=NOT_SENT, status=502)
        session = secrets.token_urlsafe()
        self._visitors[session] = visitor
        response = _see("/verify")
        response.set_cookie(SESSION_COOKIE, session, httponly=True, samesite="lax")
        return response

    async def show_verify(self, request: Request) -> Response:
        visitor = self._visitor(request)
        return pages.verify(visitor) if visitor else _see("/sign-up")

    async def verify(self, request: Request) -> Response:
        visitor = self._visitor(request)
        if visitor is None:
            return _see("/sign-up")
        code = (await _form(request)).get("code", "")
        match visitor.enter("".join(code.split())):
            case Outcome.RIGHT:
                return _see("/welcome")
            case Outcome.WRONG:
                tries = "1 try" if visitor.tries_left == 1 else f"{visitor.tries_left} tries"
                return pages.verify(visitor, alert=f"Wrong code. {tries} left.", status=400)
            case Outcome.TOO_MANY_TRIES:
                alert = "Too many tries. Ask for a new code."
                return pages.verify(visitor, alert=alert, status=429)
            case Outcome.EXPIRED:
                alert = "That code has expired. Ask for a new one."
                return pages.verify(visitor, alert=alert, status=400)

    async def resend(self, request: Request) -> Response:
        visitor = self._visitor(request)
        if visitor is None:
            return _see("/sign-up")
        if wait_s := math.ceil(visitor.cooldown_left_s):
            alert = f"You can ask for a new code in {wait_s} s."
            response = pages.verify(visitor, alert=alert, status=429)
            response.headers["Retry-After"] = str(wait_s)
            return response
        try:
            await self._send_code(visitor)
        except NotSentError:
            return pages.verify(visitor, alert=NOT_SENT, status=502)
        return pages.verify(visitor, notice="A new code is on its way.")

    async def welcome(self, request: Request) -> Response:
        visitor = self._visitor(request)
        return pages.welcome(visitor) if visitor and visitor.verified else _see("/sign-up")

    async def _send_code(self, visitor: Verification) -> None:
        text = f"{visitor.new_code()} is your Larkspur code. Never share it with anyone."
        try:
            await self._gateway.send(visitor.number, text)
        except NotSentError:
            visitor.withdraw_code()
            raise

    def _visitor(self, request: Request) -> Verification | None:
        return self._visitors.get(request.cookies.get(SESSION_COOKIE, ""))


async def _form(request: Request) -> dict[str, str]:
    """Read a form; the six boxes share one name, so their digits come together here."""
    fields = parse_qs((await request.body()).decode(errors="replace"))
    return {name: "".join(values) for name, values in fields.items()}


def _see(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303)
