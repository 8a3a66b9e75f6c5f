"""Reasons that officers often give: beginnings of a text, to be changed before it is sent."""

from kernel.errors import msgid
from registry.states import Verb

#: What each verb is often reasoned with; square brackets mark what the officer fills in.
TEMPLATES: dict[Verb, tuple[str, ...]] = {
    Verb.REQUEST_SUPPLEMENT: (
        msgid("Please add, all at once: [materials]. The application goes on when they are here."),
        msgid("The source material does not show the legal basis; please add [document]."),
        msgid("The preserved evidence does not belong to this data; please preserve [file]."),
    ),
    Verb.DECLINE: (
        msgid("This institution is not competent: please apply to [institution]."),
        msgid("The application is not one of the cases of the law: [reason]."),
    ),
    Verb.REJECT: (
        msgid("The formal review found: [points of the checklist]. You may file again."),
        msgid("What would become public holds [information] that must not be published."),
    ),
    Verb.REQUEST_PROOF: (
        msgid("Please prove the lawful source of the data by [document] (S4 Art. 18)."),
    ),
    Verb.EXTEND_REVIEW: (
        msgid("The case is complicated: [reason]. The time limit is extended once (S4 Art. 28)."),
    ),
    Verb.REFUSE: (msgid("A ground of refusal applies (S4 Art. 22): [ground and facts]."),),
    Verb.TERMINATE: (
        msgid("The lawful source could not be proved within the time given (S4 Art. 18)."),
    ),
    Verb.WAIVE_NOTICE: (msgid("No public notice is owed, because [legal ground]."),),
    Verb.UPHOLD_OBJECTION: (
        msgid("The re-examination found the objection to be right: [facts and evidence]."),
    ),
    Verb.DISMISS_OBJECTION: (
        msgid("The re-examination found the objection to be without ground: [facts and evidence]."),
    ),
    Verb.RETURN_TO_DRAFT: (msgid("Please correct before it is sent: [fields]."),),
    Verb.WITHDRAW: (msgid("We withdraw the application, because [reason]."),),
}
