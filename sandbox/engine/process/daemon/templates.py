"""Templates by extract: made at the first query, kept while used, dropped when a licence ends."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from sandbox.engine.process import wire
from sandbox.engine.process.daemon.nursery import Nursery
from sandbox.engine.process.daemon.remote import Remote, ask_for_process
from sandbox.errors.engine import EngineUnavailable, RunFailed, SnapshotChanged

#: Loading an extract, forking a child of it, judging one text: seconds until the process is killed.
_LOAD_SECONDS = 120.0
_FORK_SECONDS = 10.0
_CHECK_SECONDS = 2.0
_MOST_TEMPLATES = 8
#: Children that a template in use has ready; each answers one query, as every other.
_SPARES = 2
_MOST_VERDICTS = 1_000


class Template:
    """One extract in memory, and beside it the checker over its empty tables."""

    def __init__(self, nursery: Nursery, key: str, tables: list[dict[str, Any]]) -> None:
        """Remember the extract; nothing is loaded before the first query."""
        self.key = key
        self.users = 0
        self._dropped = threading.Event()
        self._nursery = nursery
        self._tables = tables
        self._lock = threading.Lock()
        self._check_lock = threading.Lock()
        self._holder: Remote | None = None
        self._checker: Remote | None = None
        self._verdicts: OrderedDict[str, bool] = OrderedDict()
        self._spares: list[Remote] = []

    def holds(self, sha256: str) -> bool:
        """Whether the extract is made of that file."""
        return any(table.get("sha256") == sha256 for table in self._tables)

    def fork(self, *, is_fresh: bool = False) -> Remote:
        """A child over the loaded extract, a spare one first; a template that died is loaded again, once.

        ``is_fresh`` asks for no spare one, and lets go of those there are.

        Raises:
            RunFailed: the extract cannot be loaded; no data was read.
            SnapshotChanged: a file is not what the snapshot says; no data was read.
            EngineUnavailable: the engine's processes keep dying.
        """
        with self._lock:
            while self._spares:
                # The oldest is the one that is warm.
                if (spare := self._spares.pop(0)).is_waiting() and not is_fresh:
                    return spare
                spare.close()
            for _ in range(2):
                holder = self._holder or self._load("template")
                self._holder = holder
                try:
                    return ask_for_process(holder.talk, {"is_spare": False})
                except (wire.WireBroken, TimeoutError):
                    holder.close()
                    self._holder = None
        raise EngineUnavailable(retry_after_seconds=5)

    def refill(self) -> None:
        """Have spare children ready for the next queries, unless one is just being served."""
        if not self._lock.acquire(blocking=False):
            # That query's own end has them made.
            return
        try:
            while self._holder and len(self._spares) < _SPARES and not self._dropped.is_set():
                self._spares.append(ask_for_process(self._holder.talk, {"is_spare": True}))
        except (wire.WireBroken, TimeoutError):
            # The next query finds out, and loads the extract again.
            return
        finally:
            self._lock.release()

    def check(self, sql: str) -> None:
        """Have the engine's own parser and binder agree that the text reads this extract only.

        Raises:
            RunFailed: they do not, or take more than two seconds; no data was read.
            EngineUnavailable: the engine's processes cannot be started.
        """
        with self._check_lock:
            if sql not in self._verdicts:
                self._verdicts[sql] = self._judge(sql)
                if len(self._verdicts) > _MOST_VERDICTS:
                    self._verdicts.popitem(last=False)
            if not self._verdicts[sql]:
                raise RunFailed(data_read=False)

    def kill(self) -> None:
        """Kill both processes, and with the template its running children; load no more."""
        self._dropped.set()
        for remote in (self._holder, self._checker, *self._spares):
            if remote is not None:
                remote.kill()

    def close(self) -> None:
        """Let go of its processes; nobody uses them any more."""
        self._dropped.set()
        with self._lock:
            spares, self._spares = self._spares, []
        for remote in (self._holder, self._checker, *spares):
            if remote is not None:
                remote.close()

    def _judge(self, sql: str) -> bool:
        for _ in range(2):
            # A checker that died while it was idle is no verdict about this text.
            is_fresh = self._checker is None
            checker = self._checker or self._load("checker")
            self._checker = checker
            checker.talk.settimeout(_CHECK_SECONDS)
            try:
                wire.send(checker.talk, {"sql": sql})
                return bool(wire.receive(checker.talk)["is_sound"])
            except (wire.WireBroken, TimeoutError) as failure:
                checker.close()
                self._checker = None
                if is_fresh or isinstance(failure, TimeoutError):
                    break
        raise RunFailed(data_read=False)

    def _load(self, kind: str) -> Remote:
        if self._dropped.is_set():
            raise EngineUnavailable(retry_after_seconds=5)
        if kind == "template":
            self._check_files()
        remote = self._nursery.make({"kind": kind, "tables": self._tables})
        remote.talk.settimeout(_LOAD_SECONDS)
        try:
            is_ready = bool(wire.receive(remote.talk)["is_ready"])
        except (wire.WireBroken, TimeoutError) as failure:
            remote.close()
            raise EngineUnavailable(retry_after_seconds=5) from failure
        if self._dropped.is_set() or not is_ready:
            remote.close()
            raise RunFailed(data_read=False)
        remote.talk.settimeout(_FORK_SECONDS)
        return remote

    def _check_files(self) -> None:
        """Make sure that the files are those of the snapshot, before anything of them is loaded.

        Raises:
            SnapshotChanged: one is not; no data was read.
        """
        for table in self._tables:
            if not table.get("sha256"):
                continue
            try:
                with Path(table["path"]).open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as failure:
                raise RunFailed(data_read=False) from failure
            if found != table["sha256"]:
                raise SnapshotChanged(data_read=False)


class Templates:
    """All templates; those unused for longest make room."""

    def __init__(self, nursery: Nursery) -> None:
        """Start with none."""
        self._nursery = nursery
        self._lock = threading.Lock()
        self._held: OrderedDict[str, Template] = OrderedDict()
        self._used: SimpleQueue[Template] = SimpleQueue()
        threading.Thread(target=self._refill, daemon=True).start()

    @contextmanager
    def use(self, key: str, tables: list[dict[str, Any]]) -> Iterator[Template]:
        """The template of an extract, safe from eviction during the block."""
        # The key is what a licence is dropped by; the tables keep two extracts of one key apart.
        name = f"{key}\n{tables!r}"
        with self._lock:
            template = self._held.pop(name, None) or Template(self._nursery, key, tables)
            self._held[name] = template
            template.users += 1
            self._make_room()
        try:
            yield template
        finally:
            # Through a queue: starting a thread here would hold up the answer.
            self._used.put(template)
            with self._lock:
                template.users -= 1
                if template.users == 0 and self._held.get(name) is not template:
                    template.close()

    def drop(self, key: str) -> None:
        """Kill every template of that key; its running queries fail."""
        with self._lock:
            self._kill([name for name, one in self._held.items() if one.key == key])

    def forget(self, sha256: str) -> None:
        """Kill every template that holds that file; its running queries fail."""
        with self._lock:
            self._kill([name for name, one in self._held.items() if one.holds(sha256)])

    def _refill(self) -> None:
        while True:
            self._used.get().refill()

    def _kill(self, names: list[str]) -> None:
        for name in names:
            template = self._held.pop(name)
            template.kill()
            if template.users == 0:
                template.close()

    def _make_room(self) -> None:
        idle = [name for name, one in self._held.items() if one.users == 0]
        for name in idle[: max(0, len(self._held) - _MOST_TEMPLATES)]:
            self._held.pop(name).close()
