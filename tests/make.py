"""Builders that walk the real use cases to a state, so that no test holds an impossible object."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kernel.clock import CHINA, SettableClock
from kernel.identity import Actor
from kernel.limits import NewValue, Scope
from kernel.workdays import local_day, read_calendar
from licensing import queries as licensing_queries
from licensing import service as licensing
from licensing.queries import LicenceRow
from marketplace.operations.demo.authorising import Stage, authorise
from marketplace.operations.demo.material import (
    FLIGHTS,
    HEALTH,
    PROPERTY_FORM,
    Story,
    rights_of,
)
from marketplace.operations.demo.people import CREDIT_CODES, Person, make_people
from marketplace.operations.demo.run import story_sources
from marketplace.operations.home import Home
from registry import queries as registry_queries
from registry import service as registry
from registry.queries import ApplicationRow
from registry.rules.filing import checklist_of
from registry.states import Register, Status, Type, Verb
from sandbox import service as sandbox

#: The steps of a registration in order: verb, who, and working days before it.
_PATH: tuple[tuple[Status, Verb, str, int], ...] = (
    (Status.DRAFT, Verb.SEND_TO_INTERNAL_REVIEW, "handler", 0),
    (Status.INTERNAL_REVIEW, Verb.SUBMIT, "entity_reviewer", 0),
    (Status.SUBMITTED, Verb.ACCEPT, "acceptor", 1),
    (Status.ACCEPTED, Verb.BEGIN_REVIEW, "reviewer", 1),
    (Status.FORMAL_REVIEW, Verb.PUBLISH_NOTICE, "reviewer", 1),
    (Status.PUBLIC_NOTICE, Verb.ISSUE_CODE, "coder", 11),
    (Status.CODED, Verb.PUT_INTO_EFFECT, "coder", 0),
)
#: The same for register B; the operator files its product.
_PROPERTY_PATH: tuple[tuple[Status, Verb, str, int], ...] = (
    (Status.DRAFT, Verb.FILE, "operator_handler", 0),
    (Status.SUBMITTED, Verb.ACCEPT, "acceptor", 1),
    (Status.ACCEPTED, Verb.BEGIN_REVIEW, "reviewer", 1),
    (Status.SUBSTANTIVE_REVIEW, Verb.PUBLISH_NOTICE, "reviewer", 1),
    (Status.PUBLIC_NOTICE, Verb.RECORD_EVIDENCE, "coder", 6),
    (Status.RECORDED, Verb.CERTIFY, "coder", 0),
)
_OPERATOR_STAFF = {"handler": "operator_handler", "entity_reviewer": "operator_reviewer"}


@dataclass
class Maker:
    """Makes people, registrations, licences and datasets in one home."""

    home: Home
    clock: SettableClock
    snapshots: Path
    _people: dict[str, Person] = field(default_factory=dict)

    @property
    def people(self) -> dict[str, Person]:
        """One sample account a role, made on first use."""
        if not self._people:
            with self.home.db.transaction() as session:
                self._people = make_people(session, self.clock())
        return self._people

    def actor(self, name: str) -> Actor:
        """The sample account of that name, as somebody who acts."""
        return self.people[name].actor

    def acting_as(self, name: str, other: str) -> Actor:
        """A sample account with the roles of another one: every organisation has such staff."""
        return replace(self.actor(name), roles=self.actor(other).roles)

    def token(self, name: str) -> str:
        """The API token of a sample account."""
        return self.people[name].token

    def wait(self, workdays: int) -> None:
        """Go on at nine in the morning that many working days later."""
        if not workdays:
            self.clock.advance(timedelta(minutes=1))
            return
        with self.home.db.read() as session:
            day = read_calendar(session).add(local_day(self.clock()), workdays).day
        self.clock.set(datetime.combine(day, time(9), CHINA))

    def form(self, story: Story = HEALTH, **more: Any) -> dict[str, Any]:
        """A complete form of a resource."""
        return {**story.resource, "evidence_sha256": "ab" * 32, **more}

    def application(
        self, at: Status, *, kind: str = "resource", form: dict[str, Any] | None = None
    ) -> ApplicationRow:
        """An application at a status on the straight path; a product is the operator's own."""
        is_product = kind == "product"
        handler = self.actor("operator_handler" if is_product else "handler")
        filled = form or self.form()
        self.preserve(handler, filled)
        made = registry.draft(
            self.home.db, actor=handler, now=self.clock(), wanted=registry.Draft(kind, filled)
        )
        for status, verb, person, workdays in _PATH:
            if status is at:
                break
            self.wait(workdays)
            name = _OPERATOR_STAFF.get(person, person) if is_product else person
            self.decide(made, verb, name)
        return self.read_application(made)

    def list_agency(self, digit: int | None = 1) -> None:
        """Put the institution on the national list of agencies, or take it off."""
        registry.set_limit(
            self.home.db,
            actor=self.actor("admin"),
            now=self.clock(),
            wanted=NewValue(
                "b_agency_digit", Scope.PROVINCIAL, digit, "目录公告", local_day(self.clock())
            ),
        )

    def property_form(self, **more: Any) -> dict[str, Any]:
        """A complete form of register B."""
        operator = self.actor("operator")
        rights = rights_of(operator, CREDIT_CODES[operator.organisation_name])
        return {**PROPERTY_FORM, "evidence_sha256": "ef" * 32, **rights, **more}

    def property_application(
        self, at: Status, *, form: dict[str, Any] | None = None
    ) -> ApplicationRow:
        """An application to register B at a status on the straight path."""
        handler = self.actor("operator_handler")
        filled = form or self.property_form()
        self.preserve(handler, filled)
        wanted = registry.Draft("data", filled, register=Register.PROPERTY)
        made = registry.draft(self.home.db, actor=handler, now=self.clock(), wanted=wanted)
        for status, verb, person, workdays in _PROPERTY_PATH:
            if status is at:
                break
            self.wait(workdays)
            self.decide(made, verb, person)
        return self.read_application(made)

    def later(
        self,
        type_: Type,
        entry_code: str,
        *,
        register: Register = Register.RESOURCES,
        person: str = "handler",
        **form: Any,
    ) -> str:
        """A draft of a later registration type on an entry or certificate."""
        wanted = registry.Draft(
            "resource", form, register=register, type=type_, entry_code=entry_code
        )
        return registry.draft(
            self.home.db, actor=self.actor(person), now=self.clock(), wanted=wanted
        )

    def preserve(self, actor: Actor, form: dict[str, Any]) -> None:
        """Preserve the fingerprint that a form names, so that it may be filed."""
        for name in ("evidence_sha256", "acquisition_proof", "contract_file", "risk_report"):
            if digest := form.get(name):
                registry.preserve_fingerprint(
                    self.home.db,
                    actor=actor,
                    now=self.clock(),
                    wanted=registry.NewFingerprint(str(digest), "原始数据"),
                    seal=self.home.seal,
                )

    def read_application(self, application_id: str) -> ApplicationRow:
        """The application as it stands."""
        with self.home.db.read() as session:
            return registry_queries.find_application(session, application_id)

    def points(self, row: ApplicationRow) -> list[str]:
        """Keys of the points that a review of the application answers."""
        return [point.key for point in checklist_of(row.register, row.type)]

    def decide(self, application_id: str, verb: Verb, person: str, reason: str = "") -> None:
        """Do a verb on the present revision."""
        row = self.read_application(application_id)
        answers = dict.fromkeys(self.points(row), True)
        registry.decide(
            self.home.db,
            actor=self.actor(person),
            now=self.clock(),
            wanted=registry.Decision(application_id, verb, row.revision, reason, answers),
            seal=self.home.seal,
        )

    def registered(self, story: Story = HEALTH) -> tuple[str, str]:
        """Codes of an effective resource and of the product made from it, with an agreement."""
        resource = str(self.application(Status.EFFECTIVE, form=self.form(story)).code)
        self.agreement([resource])
        product_form = {**story.product, "inputs": [resource], "evidence_sha256": "cd" * 32}
        product = self.application(Status.EFFECTIVE, kind="product", form=product_form)
        return resource, str(product.code)

    @property
    def stage(self) -> Stage:
        """Where the procedure of authorised operation is walked, all on one day."""
        return Stage(self.home.db, self.home.seal, self.actor, self.clock)

    def agreement(self, scope: list[str]) -> str:
        """An operation agreement in force from today, after its plan and its selection."""
        today: date = local_day(self.clock())
        return authorise(
            self.stage,
            number=f"A-{scope[0]}",
            scope=tuple(scope),
            ends_on=date(today.year + 3, today.month, 1),
        )

    def dataset(self, story: Story, product: str) -> str:
        """The story's data, de-identified; the snapshot's digest."""
        return sandbox.ingest(
            self.home.db,
            actor=self.actor("operator"),
            now=self.clock(),
            wanted=sandbox.NewSnapshot(
                dataset=story.dataset,
                title=story.title,
                product_code=product,
                declaration=story.declaration,
                sources=story_sources(story),
                folder=self.snapshots,
                made_from=story.made_from,
            ),
            seal=self.home.seal,
        )

    def relative(self, of: LicenceRow, dataset: str, table: str) -> None:
        """A dataset made from that of a licence, with the same rows in a table of another name."""
        tables = {table: HEALTH.declaration["tables"]["visits"]}
        sandbox.ingest(
            self.home.db,
            actor=self.actor("operator"),
            now=self.clock(),
            wanted=sandbox.NewSnapshot(
                dataset=dataset,
                title=HEALTH.title,
                product_code=of.product_code,
                declaration={**HEALTH.declaration, "tables": tables},
                sources={table: story_sources(HEALTH)["visits"]},
                folder=self.snapshots,
                made_from=of.terms.dataset,
            ),
            seal=self.home.seal,
        )

    def offer(self, story: Story, product: str, **changes: Any) -> str:
        """An open offer with the story's terms, some of them changed."""
        ceiling = licensing.Ceiling(product, story.ceiling_cents)
        licensing.file_ceiling(
            self.home.db, actor=self.actor("price_authority"), now=self.clock(), wanted=ceiling
        )
        plain = story.terms()
        terms = replace(plain, **changes)
        return licensing.publish_offer(
            self.home.db,
            actor=self.actor("operator"),
            now=self.clock(),
            wanted=licensing.NewOffer(product, terms),
        )

    def unsigned_licence(self, story: Story = HEALTH, **changes: Any) -> LicenceRow:
        """A licence that awaits both signatures, with its dataset."""
        _, product = self.registered(story)
        return self._unsigned_on(product, story, **changes)

    def _unsigned_on(self, product: str, story: Story, **changes: Any) -> LicenceRow:
        self.dataset(story, product)
        offer_id = self.offer(story, product, **changes)
        application_id = licensing.apply_for_licence(
            self.home.db,
            actor=self.actor("enterprise"),
            now=self.clock(),
            wanted=licensing.NewApplication(
                offer_id, licensing.Wish(story.purpose, story.justification)
            ),
        )
        licence_id = licensing.decide_application(
            self.home.db,
            actor=self.actor("operator"),
            now=self.clock(),
            wanted=licensing.Decision(application_id, "approve", 1),
        )
        return self.read_licence(licence_id)

    def licence(self, story: Story = HEALTH, **changes: Any) -> LicenceRow:
        """A licence in force, with its dataset."""
        return self._signed(self.unsigned_licence(story, **changes))

    def licence_on(self, product: str, story: Story = HEALTH, **changes: Any) -> LicenceRow:
        """A licence in force on a product that is registered already."""
        return self._signed(self._unsigned_on(product, story, **changes))

    def _signed(self, row: LicenceRow) -> LicenceRow:
        self.sign(row.licence_id)
        self.wait(0)
        return self.read_licence(row.licence_id)

    def another_licence(self, like: LicenceRow, **changes: Any) -> LicenceRow:
        """One more licence in force on the same dataset, under an offer of its own."""
        terms = replace(like.terms, expires_at=None, **changes)
        offer_id = licensing.publish_offer(
            self.home.db,
            actor=self.actor("operator"),
            now=self.clock(),
            wanted=licensing.NewOffer(like.product_code, terms),
        )
        application_id = licensing.apply_for_licence(
            self.home.db,
            actor=self.actor("enterprise"),
            now=self.clock(),
            wanted=licensing.NewApplication(
                offer_id, licensing.Wish(terms.purposes[0], "同一数据集的另一项研究")
            ),
        )
        licence_id = licensing.decide_application(
            self.home.db,
            actor=self.actor("operator"),
            now=self.clock(),
            wanted=licensing.Decision(application_id, "approve", 1),
        )
        self.sign(licence_id)
        return self.read_licence(licence_id)

    def sign(self, licence_id: str) -> None:
        """Both signatures: the licensee's, and that of another person of the provider."""
        digest = self.read_licence(licence_id).policy_digest
        for person, verb in (("enterprise", "sign"), ("operator_signatory", "countersign")):
            licensing.sign_licence(
                self.home.db,
                actor=self.actor(person),
                now=self.clock(),
                wanted=licensing.Sign(licence_id, verb, digest),
                seal=self.home.seal,
            )

    def read_licence(self, licence_id: str) -> LicenceRow:
        """The licence as it stands."""
        with self.home.db.read() as session:
            return licensing_queries.find_licence(session, licence_id)


STORIES = {"open": FLIGHTS, "aggregate": HEALTH}
