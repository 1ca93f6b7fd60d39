"""The SMS gateway's client."""

import httpx

SENDER = "Larkspur"


class NotSentError(Exception):
    """The gateway did not take the message."""


class SmsGateway:
    """Sends text messages by HTTP."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def send(self, to: str, text: str) -> None:
        """Hand a message to the gateway.

        Raises:
            NotSentError: the gateway cannot be reached or refused the message.
        """
        message = {"to": to, "text": text, "from": SENDER}
        try:
            response = await self._client.post(f"{self._url}/messages", json=message)
        except httpx.TransportError as error:
            raise NotSentError from error
        if not response.is_success:
            raise NotSentError
