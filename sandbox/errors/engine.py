"""Failures of the engine's processes: fixed texts, never a word of an engine's own message.

An engine quotes data in its errors (a failed CAST shows the value), so nothing that it says
passes this border: a caller learns which kind of end a run had, and no more.
"""

from typing import Any

from kernel.errors import Conflict, Unavailable, msgid


class EngineUnavailable(Unavailable):
    """The sandbox daemon does not answer, or has no room; ``retry_after_seconds`` says when to ask."""

    code = "sandbox-engine-unavailable"
    title = msgid("The query engine is not available")
    detail = msgid("Send the query again in a few seconds; nothing was charged.")


class ConfinementMissing(Unavailable):
    """Queries would run with less protection than the configuration demands."""

    code = "sandbox-confinement-missing"
    title = msgid("Queries cannot be confined on this machine")
    detail = msgid(
        "Install bubblewrap and use a Linux kernel with Landlock and seccomp, or set the "
        "confinement to available where no protected data is held."
    )


class EngineRunning(Conflict):
    """Another daemon already serves the socket."""

    code = "sandbox-engine-running"
    title = msgid("The query engine is running already")
    detail = msgid("Stop the daemon that serves this socket, or choose another run folder.")


class RunFailed(Unavailable):
    """A run ended without an answer; ``data_read`` tells whether its query had begun to execute.

    ``data_read`` is an attribute and no fact: it decides what is charged and is not told outside.
    """

    code = "sandbox-run-failed"
    title = msgid("The run failed")
    detail = msgid("Check the query's arithmetic and send it again; the engine gave no answer.")

    def __init__(self, *, data_read: bool = False, **facts: Any) -> None:  # noqa: ANN401 - as HexiError
        """Keep whether data was read beside the public facts."""
        super().__init__(**facts)
        self.data_read = data_read


class SnapshotChanged(RunFailed):
    """A file of the snapshot is not the one that was stored: nothing is computed on it."""

    code = "sandbox-snapshot-changed"
    title = msgid("The stored data was changed")
    detail = msgid(
        "A file of this version is not the one that its provider published; nothing was read or charged. Tell the operator."
    )


class RunTimedOut(RunFailed):
    """A run was killed at its limit of time."""

    code = "sandbox-run-timed-out"
    title = msgid("The run took too long")
    detail = msgid("Filter or group the data further so that the query ends within the limit.")


class RunCancelled(RunFailed):
    """A run was killed because somebody asked for it."""

    code = "sandbox-run-cancelled"
    title = msgid("The run was cancelled")
    detail = msgid("Send the query again if the answer is still wanted.")


class AnswerTooLarge(RunFailed):
    """The answer has more rows or bytes than a run may return."""

    code = "sandbox-answer-too-large"
    title = msgid("The answer is too large")
    detail = msgid("Group further or add a LIMIT so that fewer rows are returned.")
