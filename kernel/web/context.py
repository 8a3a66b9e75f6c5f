"""What one request brings with it: database, seal, actor, moment, settings."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flask import Flask, current_app, g

from kernel.clock import Clock
from kernel.config import Settings
from kernel.database import Database
from kernel.identity import VISITOR, Actor
from kernel.trust.receipts import Seal

_KEY = "hexi"
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Ground:
    """What the composition root gives to an application once."""

    db: Database
    seal: Seal
    clock: Clock
    settings: Settings


@dataclass(frozen=True, slots=True)
class Entrance:
    """What a use case needs from one request."""

    db: Database
    seal: Seal
    actor: Actor
    now: datetime
    settings: Settings


def lay_ground(app: Flask, ground: Ground) -> None:
    """Give the application its database, seal, clock and settings."""
    app.extensions[_KEY] = ground


def ground() -> Ground:
    """The running application's ground."""
    found: Ground = current_app.extensions[_KEY]
    return found


def entrance() -> Entrance:
    """The present request's facts; the moment is read once and kept for the whole request."""
    base = ground()
    if "now" not in g:
        g.now = base.clock()
    actor: Actor = g.get("actor", VISITOR)
    return Entrance(base.db, base.seal, actor, g.now, base.settings)


def attach(app: Flask, name: str, thing: object) -> None:
    """Give the application one more thing that only a package of ours knows the kind of."""
    app.extensions[f"{_KEY}_{name}"] = thing


def attached(name: str, kind: type[Kind]) -> Kind:
    """The attached thing.

    Raises:
        TypeError: nothing of that kind was attached; a mistake of the composition root.
    """
    thing = current_app.extensions.get(f"{_KEY}_{name}")
    if not isinstance(thing, kind):
        message = f"{name} is not attached"
        raise TypeError(message)
    return thing
