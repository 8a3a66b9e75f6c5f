"""What has to answer before this installation is ready for people."""

from collections.abc import Callable
from dataclasses import dataclass

from marketplace import errors


@dataclass(frozen=True, slots=True)
class Readiness:
    """The parts beside the database, each a question that says whether it answers."""

    is_engine_alive: Callable[[], bool]

    def check(self) -> None:
        """Let only a ready installation pass.

        Raises:
            EngineStarting: the query engine does not answer.
        """
        if not self.is_engine_alive():
            raise errors.EngineStarting
