"""From the code on a certificate to every licence, query, invoice line and receipt, and back."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from licensing import public as licensing
from licensing.public import AgreementRow, LicenceRow, OfferRow
from marketplace import errors
from marketplace.queries.invoices import lines_of_runs
from registry import public as registry
from registry.public import Entry
from sandbox import public as sandbox
from sandbox.public import RunRow, SnapshotRow


@dataclass(frozen=True, slots=True)
class LicenceChain:
    """A licence with its runs; each run with its invoice and amount in 1/100 CNY, if billed."""

    licence: LicenceRow
    runs: tuple[tuple[RunRow, tuple[str, int] | None], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything that hangs on one code."""

    entry: Entry
    inputs: tuple[Entry, ...]
    products: tuple[Entry, ...]
    agreements: tuple[AgreementRow, ...]
    offers: tuple[OfferRow, ...]
    snapshots: tuple[SnapshotRow, ...]
    licences: tuple[LicenceChain, ...]


def inspect(session: Session, code: str, today: date) -> Chain:
    """The whole chain of one code on a day, for a regulator.

    Raises:
        CodeUnknown: no entry has it.
    """
    known = registry.entries(session, [code])
    if code not in known:
        raise errors.CodeUnknown
    entry = known[code]
    products = registry.made_from(session, code)
    codes = [code, *(one.code for one in products)]
    licences = [
        row for each in codes for row in licensing.list_licences(session, product_code=each)
    ]
    offers = [row for each in codes for row in licensing.open_offers(session, product_code=each)]
    inputs = set(entry.inputs) | {code}
    return Chain(
        entry=entry,
        inputs=tuple(registry.entries(session, list(entry.inputs)).values()),
        products=tuple(products),
        agreements=tuple(
            row for row in licensing.list_agreements(session, today) if inputs & set(row.scope)
        ),
        offers=tuple(offers),
        snapshots=tuple(
            row for each in codes for row in sandbox.datasets_of_product(session, each)
        ),
        licences=tuple(_licence(session, row) for row in licences),
    )


def _licence(session: Session, row: LicenceRow) -> LicenceChain:
    runs = sandbox.list_runs(session, licence_id=row.licence_id, limit=200)
    billed = lines_of_runs(session, [run.run_id for run in runs])
    return LicenceChain(row, tuple((run, billed.get(run.run_id)) for run in runs))
