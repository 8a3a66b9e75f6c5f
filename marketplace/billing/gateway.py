"""The payment gateway: one request, with the invoice's identifier as its idempotency key.

The address is a setting; nothing is sent anywhere while it is empty. A time-out says nothing about
whether the money moved, so the same key is sent again on the next try.
"""

from dataclasses import dataclass

import requests

from marketplace import errors

TIMEOUT_SECONDS = 10
_REFUSED = 402


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where payments go; empty when none is set up."""

    url: str

    def charge(self, *, invoice_id: str, amount_cents: int, payer: str) -> str:
        """Charge an invoice once; returns the gateway's reference.

        Raises:
            PaymentRefused: the gateway said no.
            GatewayUnavailable: no gateway, no answer, or one that cannot be read.
        """
        if not self.url:
            raise errors.GatewayUnavailable
        try:
            reply = requests.post(
                f"{self.url}/charges",
                json={
                    "reference": invoice_id,
                    "amount": {"cents": amount_cents, "currency": "CNY"},
                    "payer": payer,
                },
                headers={"Idempotency-Key": invoice_id},
                timeout=TIMEOUT_SECONDS,
            )
            if reply.status_code == _REFUSED:
                raise errors.PaymentRefused
            reply.raise_for_status()
            return str(reply.json()["id"])
        except (requests.RequestException, ValueError, KeyError) as error:
            raise errors.GatewayUnavailable from error
