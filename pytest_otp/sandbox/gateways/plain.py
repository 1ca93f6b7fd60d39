"""The plain gateway: the least that an SMS gateway can be.

Like a real one it accepts a message for any number and cannot tell whether somebody holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from pytest_otp.sandbox.fields import E164, TEXT, BadRequest, read_json, read_object

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pytest_otp.sandbox.world import World


async def send(request: Request) -> Response:
    """``POST /gateway/plain/messages``: 202, or 400 with a sentence."""
    world: World = request.app.state.world
    try:
        sms = read_object(
            await read_json(request), required={"to": E164, "text": TEXT, "from": TEXT}
        )
    except BadRequest as bad:
        return JSONResponse({"error": str(bad)}, 400)
    message_id = world.deliver(sms["to"], sms["text"], sender=sms["from"], via="plain")
    return JSONResponse(
        {"id": f"msg-{message_id}", "to": sms["to"], "status": "accepted"}, status_code=202
    )
