"""What of a version's quality is an alarm: it became worse than the version before, or is bad by itself.

The limits are data: one line a rule. Indicators are those of GB/T 36344-2018; the limits are this platform's
own, wide enough that a usual update sounds none.
"""

from dataclasses import asdict, dataclass
from typing import Any

#: Share of rows by which a column may lose values.
MISSING_MORE = 0.05
#: Share of values that may lie outside a public list or range.
OUTSIDE_MOST = 0.01
#: Part of its public range that the mean of a measure may move by.
MEAN_MOVED = 0.1
#: Factor by which rows or people may become fewer or more.
VOLUME_FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is worse: ``before`` is empty where nothing was compared; all figures are texts.

    ``indicator`` is completeness, accuracy, freshness, volume, people or drift; ``column`` is empty for a table.
    """

    table: str
    column: str
    indicator: str
    before: str
    after: str
    limit: str


def find_alarms(
    tables: dict[str, Any], before: dict[str, Any] | None, manifest: dict[str, Any]
) -> list[dict[str, str]]:
    """The alarms of a version by its tables' measures, those of the version before, and its manifest."""
    found: list[Alarm] = []
    for name, now in tables.items():
        then = (before or {}).get(name)
        columns = {one["name"]: one for one in manifest["tables"][name]["columns"]}
        if then is not None:
            found += _volume(name, now, then)
        for column, measures in now["columns"].items():
            earlier = then["columns"].get(column, {}) if then else {}
            found += _column(name, columns[column], measures, earlier)
    return [asdict(one) for one in found]


def _volume(name: str, now: dict[str, Any], then: dict[str, Any]) -> list[Alarm]:
    found = []
    for unit in ("rows", "people"):
        before, after = then[unit], now[unit]
        if not before or after is None:
            continue
        if after * VOLUME_FACTOR < before or after > before * VOLUME_FACTOR:
            indicator = "volume" if unit == "rows" else "people"
            limit = f"× {VOLUME_FACTOR:g}"
            found.append(Alarm(name, "", indicator, f"{before}", f"{after}", limit))
    return found


def _column(
    table: str, column: dict[str, Any], now: dict[str, Any], then: dict[str, Any]
) -> list[Alarm]:
    name, found = column["name"], []
    if then and now["missing"] > then["missing"] + MISSING_MORE:
        before, after = _percent(then["missing"]), _percent(now["missing"])
        found.append(
            Alarm(table, name, "completeness", before, after, f"+ {_percent(MISSING_MORE)}")
        )
    if now.get("outside", 0) > OUTSIDE_MOST:
        before = _percent(then["outside"]) if "outside" in then else ""
        found.append(
            Alarm(table, name, "accuracy", before, _percent(now["outside"]), _percent(OUTSIDE_MOST))
        )
    if "mean" in now and "mean" in then:
        low, high = map(float, column["bounds"])
        if abs(now["mean"] - then["mean"]) > MEAN_MOVED * (high - low):
            before, after = f"{then['mean']:.6g}", f"{now['mean']:.6g}"
            limit = f"± {MEAN_MOVED * (high - low):g}"
            found.append(Alarm(table, name, "drift", before, after, limit))
    if now.get("newest", "") < then.get("newest", ""):
        found.append(
            Alarm(table, name, "freshness", then["newest"], now.get("newest", ""), then["newest"])
        )
    return found


def _percent(share: float) -> str:
    return f"{share * 100:.2f} %"
