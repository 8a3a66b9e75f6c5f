"""Documents that are made from the code: state diagrams, the list of problems, the OpenAPI snapshot.

``python -m scripts.make_docs`` writes them; with ``--check`` it only compares and fails on drift.
"""

import gettext
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from kernel.config import read_settings
from kernel.identity import Permission
from kernel.web.problems import status_of
from licensing.states import (
    AGREEMENT_BY_ITSELF,
    AGREEMENT_TRANSITIONS,
    APPLICATION_TRANSITIONS,
    LICENCE_BY_ITSELF,
    LICENCE_TRANSITIONS,
    NEGOTIATION_TRANSITIONS,
    OFFER_TRANSITIONS,
    PLAN_BY_ITSELF,
    PLAN_TRANSITIONS,
    SELECTION_TRANSITIONS,
)
from marketplace.app import create_app
from marketplace.operations.home import init_home
from marketplace.portal.problems import all_problems
from marketplace.states import TRANSITIONS as INVOICE_TRANSITIONS
from registry.states import ENTRY_MOVES, Type
from registry.states import TRANSITIONS as REGISTRY_TRANSITIONS
from registry.states import TYPES as REGISTRY_TYPES
from sandbox.engine.handbook import chapters
from sandbox.states import ENDINGS, REVIEW_TRANSITIONS, SNAPSHOT_TRANSITIONS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def diagram(title: str, edges: Iterable[tuple[str, str, str]]) -> str:
    """A Mermaid state diagram of (source, target, words)."""
    rows = [f"    {source} --> {target}: {words}" for source, target, words in edges]
    return "\n".join([f"# {title}", "", "```mermaid", "stateDiagram-v2", *rows, "```", ""])


def registry_diagram() -> str:
    """Both registers: one diagram a registration type, and one of what has been registered."""
    parts = []
    for register, moves in REGISTRY_TRANSITIONS.items():
        for type_ in (one for one in Type if one in REGISTRY_TYPES[register]):
            edges = [
                (
                    move.source.value,
                    move.target.value,
                    f"{move.verb.value} ({_who(move.permission, by_clock=move.by_clock)})",
                )
                for move in moves
                if type_ in move.types
            ]
            parts.append(diagram(f"Register of {register.value}: {type_.value}", edges))
        edges = [
            (move.source.value, move.target.value, f"{move.verb.value} ({_who(move.permission)})")
            for move in ENTRY_MOVES[register]
        ]
        parts.append(diagram(f"Register of {register.value}: what is registered", edges))
    return "\n".join(parts)


def _who(permission: Permission | None, *, by_clock: bool | None = None) -> str:
    if permission is not None:
        return permission.value
    return "anybody" if by_clock is False else "the clock"


def licensing_diagram() -> str:
    """Plans, selections, agreements, offers, applications, negotiations and licences."""
    parts = []
    for title, table, by_itself in (
        ("Implementation plan", PLAN_TRANSITIONS, PLAN_BY_ITSELF),
        ("Selection of the operating institution", SELECTION_TRANSITIONS, ()),
        ("Operation agreement", AGREEMENT_TRANSITIONS, AGREEMENT_BY_ITSELF),
        ("Offer", OFFER_TRANSITIONS, ()),
        ("Application for a licence", APPLICATION_TRANSITIONS, ()),
        ("Negotiation (Dataspace Protocol 2025-1)", NEGOTIATION_TRANSITIONS, ()),
        ("Licence", LICENCE_TRANSITIONS, LICENCE_BY_ITSELF),
    ):
        edges = [
            (str(move.source.value), str(move.target.value), f"{move.verb} ({move.side.value})")
            for move in table
        ]
        edges += [(source.value, target.value, words) for source, target, words in by_itself]
        parts.append(diagram(title, edges))
    return "\n".join(parts)


def sandbox_diagram() -> str:
    """How a run ends, and what each end costs."""
    edges = [
        (
            "started",
            ending.state.value,
            f"{name}, run {'taken' if ending.is_run_taken else 'released'},"
            + (" billed" if ending.is_billed else " not billed"),
        )
        for name, ending in ENDINGS.items()
    ]
    reviews = [(a.value, b.value, what) for a, b, what in REVIEW_TRANSITIONS]
    snapshots = [(a.value, b.value, what) for a, b, what in SNAPSHOT_TRANSITIONS]
    parts = (
        ("Governed run", edges),
        ("Review of a held answer", reviews),
        ("Version of a dataset", snapshots),
    )
    return "\n".join(diagram(*part) for part in parts)


def invoice_diagram() -> str:
    """Invoices."""
    return diagram(
        "Invoice",
        [
            (source.value, target.value, target.value)
            for source, targets in INVOICE_TRANSITIONS.items()
            for target in sorted(targets)
        ],
    )


def problem_list() -> str:
    """Every refusal in both languages."""
    folder = ROOT / "marketplace" / "translations"
    chinese = gettext.translation("messages", folder, languages=["zh_Hans_CN"]).gettext
    rows = [
        "# Problem types",
        "",
        "Every refusal has a stable code. Words in `%(…)s` are facts of the occurrence (RFC 9457).",
        "",
    ]
    for problem in all_problems():
        rows += [
            f"## {problem.code} ({status_of(problem.kind)})",
            "",
            f"- {problem.title}: {problem.detail}",
            f"- {chinese(problem.title)}：{chinese(problem.detail)}",
            "",
        ]
    return "\n".join(rows)


def sql_handbook() -> str:
    """The supported SQL: an example each, and the modes that take it."""
    parts = [
        "# SQL of the sandbox",
        "",
        "One SELECT at a time; whatever is not listed is refused. The same list is a page of the sandbox, with the",
        "tables that the examples ask.",
        "",
    ]
    for chapter in chapters():
        parts += [f"## {chapter.title}", ""]
        for one in chapter.entries:
            names = ", ".join(f"`{name}`" for name in one.names)
            title = f": {one.title}" if one.title else ""
            parts += [f"- {names}{title} ({', '.join(one.modes)})", f"  `{one.sql}`"]
        parts.append("")
    return "\n".join(parts)


def openapi_document() -> str:
    """The REST interface as the application describes it."""
    with tempfile.TemporaryDirectory() as folder:
        home = init_home(
            read_settings({}, home=Path(folder) / "home"), now=datetime(2026, 1, 1, tzinfo=UTC)
        )
        app = create_app(home=home)
        document = app.test_client().get("/openapi.json").get_json()
        home.db.close()
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "states/registry.md": registry_diagram,
    "states/licensing.md": licensing_diagram,
    "states/sandbox.md": sandbox_diagram,
    "states/marketplace.md": invoice_diagram,
    "problems.md": problem_list,
    "sql.md": sql_handbook,
    "openapi.json": openapi_document,
}


def main(words: list[str]) -> int:
    """Write or compare; returns the number of documents that drifted."""
    drifted = 0
    for name, make in DOCUMENTS.items():
        path, wanted = DOCS / name, make()
        if "--check" not in words:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != wanted:
            sys.stdout.write(f"docs/{name} is not what the code says; run make docs\n")
            drifted += 1
    return drifted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
