"""Walks the chain: register, authorise, de-identify, license, query, receipt, meter, bill, inspect.

The clock starts far enough back that every waiting period has passed by now, and moves through
the real working-day calendar; nothing lies in the future.
"""

import json
import os
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from kernel.clock import CHINA, SettableClock, system_clock
from kernel.config import Settings, home_exists
from kernel.trust import log
from kernel.workdays import local_day
from ledger.encoding import to_base64
from licensing import service as licensing
from licensing.public import LicenceRow, find_licence
from marketplace import queries, service
from marketplace.errors import DemoHomeTaken, DemoInProduction
from marketplace.operations.demo.authorising import Stage, authorise, leave_plan_open
from marketplace.operations.demo.material import DATA, LICENSED, STORIES, Story
from marketplace.operations.demo.people import make_people
from marketplace.operations.demo.registering import certify, leave_open, register
from marketplace.operations.demo.walk import Walk
from marketplace.operations.home import export_receipt, init_home, integrate
from sandbox import public as sandbox_reads
from sandbox import service as sandbox
from sandbox.engine.process import started_engine

ANSWER_FILE = "demo.json"
#: Two registrations of 15 working days, one of nine, a week of authorising, and any long holiday.
_DAYS_BACK = 100


def run_demo(settings: Settings, say: Callable[[str], None]) -> tuple[dict[str, Any], bool]:
    """Run the demonstration in an empty home; returns its answer and whether anything was done.

    Raises:
        DemoInProduction, DemoHomeTaken: nothing was changed.
    """
    if settings.is_production:
        raise DemoInProduction
    kept = settings.home / ANSWER_FILE
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8")), False
    if home_exists(settings) or (settings.home.exists() and any(settings.home.iterdir())):
        raise DemoHomeTaken
    begin = system_clock() - timedelta(days=_DAYS_BACK)
    clock = SettableClock(datetime.combine(local_day(begin), time(9), CHINA))
    home = init_home(settings, now=clock())
    with home.db.transaction() as session:
        people = make_people(session, clock())
    walk = Walk(home, clock, say, people)
    say(f"home: {settings.home}")
    _walk_all(walk)
    _keep(kept, walk.answer)
    return walk.answer, True


def _walk_all(walk: Walk) -> None:
    walk.wait(1)
    resources = register(walk, {one.key: ("resource", one.resource) for one in STORIES}, "")
    agreement_id = _authorise(walk, resources)
    products = {
        one.key: ("product", {**one.product, "inputs": [resources[one.key]]}) for one in STORIES
    }
    codes = register(walk, products, "operator_")
    certificate_code = certify(walk, codes["aggregate"])
    walk.clock.set(system_clock() - timedelta(minutes=90))
    codes["dp"] = codes["aggregate"]
    licence_ids = {one.key: _license(walk, one, codes[one.key]) for one in LICENSED}
    runs = _query(walk, licence_ids)
    invoice_id = _bill(walk, licence_ids["aggregate"])
    _bill(walk, licence_ids["open"])
    leave_open(walk)
    plan_id = leave_plan_open(_stage(walk), tuple(resources.values()))
    walk.say(f"left open: plan {plan_id}")
    walk.clock.set(system_clock())
    checkpoint = _publish(walk, runs)
    _inspect(walk, codes["aggregate"])
    walk.answer.update(
        home=str(walk.home.settings.home),
        accounts=[
            {
                "name": one.name,
                "role": one.role,
                "organisation": one.organisation,
                "password": one.password,
                "token": one.token,
            }
            for one in walk.people.values()
        ],
        dataset="health_insurance_visits",
        registration_code=codes["aggregate"],
        certificate_code=certificate_code,
        agreement_id=agreement_id,
        licence_ids=licence_ids,
        runs=runs,
        products=[
            {
                "name": one.product["name"],
                "mode": one.mode,
                "dataset": one.dataset,
                "registration_code": codes[one.key],
            }
            for one in LICENSED
        ],
        receipts_dir=str(walk.home.settings.home / "receipts"),
        trust_dir=str(walk.home.settings.home / "trust"),
        invoice_id=invoice_id,
        checkpoint=checkpoint,
    )


def _authorise(walk: Walk, resources: dict[str, str]) -> str:
    walk.wait(1)
    today = walk.today()
    agreement_id = authorise(
        _stage(walk),
        number=f"GSYY-{today.year}-001",
        scope=tuple(resources.values()),
        ends_on=today.replace(year=today.year + 3, day=min(today.day, 28)),
    )
    walk.say(f"plan decided and filed, operator selected, agreement in force: {agreement_id}")
    return agreement_id


def _stage(walk: Walk) -> Stage:
    return Stage(walk.home.db, walk.home.seal, walk.act, walk.now, walk.wait)


def _license(walk: Walk, story: Story, code: str) -> str:
    db, seal = walk.home.db, walk.home.seal
    digest = sandbox.ingest(
        db,
        actor=walk.act("operator"),
        now=walk.now(),
        wanted=sandbox.NewSnapshot(
            dataset=story.dataset,
            title=story.title,
            product_code=code,
            declaration=story.declaration,
            sources=story_sources(story),
            folder=walk.home.snapshots,
            made_from=story.made_from,
        ),
        seal=seal,
    )
    walk.say(f"de-identified {story.dataset}: sha256 {digest[:16]}…")
    ceiling = licensing.Ceiling(code, story.ceiling_cents)
    licensing.file_ceiling(db, actor=walk.act("price_authority"), now=walk.now(), wanted=ceiling)
    offer = licensing.NewOffer(code, story.terms())
    offer_id = licensing.publish_offer(db, actor=walk.act("operator"), now=walk.now(), wanted=offer)
    wish = licensing.NewApplication(offer_id, licensing.Wish(story.purpose, story.justification))
    application_id = licensing.apply_for_licence(
        db, actor=walk.act("enterprise"), now=walk.now(), wanted=wish
    )
    licence_id = licensing.decide_application(
        db,
        actor=walk.act("operator"),
        now=walk.now(),
        wanted=licensing.Decision(application_id, "approve", 1),
    )
    licence = _read_licence(walk, licence_id)
    for person, verb in (("enterprise", "sign"), ("operator_signatory", "countersign")):
        sign = licensing.Sign(licence_id, verb, licence.policy_digest)
        licensing.sign_licence(db, actor=walk.act(person), now=walk.now(), wanted=sign, seal=seal)
    walk.say(f"licence in force: {licence.number} ({story.mode})")
    return licence_id


def _read_licence(walk: Walk, licence_id: str) -> LicenceRow:
    with walk.home.db.read() as session:
        return find_licence(session, licence_id)


def story_sources(story: Story) -> dict[str, Path]:
    """The raw files of a story by table name."""
    if story.mode != "open":
        return {"visits": DATA / "health_insurance_visits.parquet"}
    return {table: DATA / f"{table}.parquet" for table in story.declaration["tables"]}


def _query(walk: Walk, licence_ids: dict[str, str]) -> list[dict[str, Any]]:
    settings = walk.home.settings
    done = []
    with started_engine(
        settings.run_folder, confinement=settings.confinement, snapshots=walk.home.snapshots
    ) as engine:
        machine = sandbox.Machine(engine, walk.home.snapshots, walk.home.answers)
        for story in LICENSED:
            for sql in story.queries:
                run_id = sandbox.run_query(
                    walk.home.db,
                    actor=walk.act("researcher"),
                    now=walk.now(),
                    wanted=sandbox.RunQuery(
                        licence_ids[story.key], story.purpose, sql, accuracy=story.accuracy
                    ),
                    seal=walk.home.seal,
                    machine=machine,
                )
                with walk.home.db.read() as session:
                    run = sandbox_reads.find_run(session, run_id)
                done.append(
                    {
                        "run_id": run_id,
                        "mode": run.mode,
                        "sql": sql,
                        "rows": run.row_count,
                        "receipt_id": run.receipt_id,
                    }
                )
                walk.say(f"query ({run.mode}): {run.row_count} rows, receipt {run.receipt_id}")
    return done


def _bill(walk: Walk, licence_id: str) -> str:
    invoice_id = service.issue_invoice(
        walk.home.db,
        actor=walk.act("operator"),
        now=walk.now(),
        wanted=service.NewInvoice(licence_id),
    )
    with walk.home.db.read() as session:
        invoice = queries.find_invoice(session, invoice_id)
    walk.say(f"invoice {invoice.number}: {len(invoice.lines)} lines, {invoice.total_cents} cents")
    return invoice_id


def _publish(walk: Walk, runs: list[dict[str, Any]]) -> dict[str, Any]:
    home = walk.home
    keys = home.seal.keys
    integrate(home, now=walk.now())
    for run in runs:
        export_receipt(home, run["receipt_id"], home.settings.home / "receipts" / run["receipt_id"])
    with home.db.read() as session:
        head = log.newest_checkpoint(session)
    if head is None:
        raise log.LogInDoubt
    walk.say(f"log: {head.size} entries under {keys.log_key.name}")
    return {"origin": keys.log_key.name, "size": head.size, "root": to_base64(head.root)}


def _inspect(walk: Walk, code: str) -> None:
    with walk.home.db.read() as session:
        chain = queries.inspect(session, code, walk.today())
    runs = sum(len(one.runs) for one in chain.licences)
    walk.say(f"inspected {code}: {len(chain.licences)} licences, {runs} runs, all with receipts")


def _keep(path: Path, answer: dict[str, Any]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(answer, file, ensure_ascii=False, indent=2)
