"""What commands of the sandbox work with, and for whom."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kernel import accounts
from kernel.database import Database
from kernel.identity import Actor, SignInNeeded
from kernel.trust.receipts import Seal
from sandbox.service import Machine


@dataclass(frozen=True, slots=True)
class Bench:
    """What the composition root opens for a command that runs queries or brings data in."""

    db: Database
    seal: Seal
    now: datetime
    machine: Machine
    export: Callable[[str], Path]

    def holder(self) -> Actor:
        """The holder of HEXI_TOKEN.

        Raises:
            SignInNeeded: no such token.
        """
        token = os.environ.get("HEXI_TOKEN", "")  # noqa: TID251 - the promised way to hand the token over
        with self.db.read() as session:
            _, actor = accounts.find_token(session, now=self.now, secret=token)
        if actor.is_visitor:
            raise SignInNeeded
        return actor
