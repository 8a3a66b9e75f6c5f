"""The readable truth of register A: which role may do which verb at which status.

One line a lawful cell; everything else is refused. A new status or verb without a line here fails
the matrix test.
"""

#: status -> verb -> role (of the sample accounts; the entity's people are of the entity)
LAWFUL: dict[str, dict[str, set[str]]] = {
    "draft": {"edit": {"handler"}, "send-to-internal-review": {"handler"}},
    "internal_review": {"return-to-draft": {"entity_reviewer"}, "submit": {"entity_reviewer"}},
    "submitted": {
        "request-supplement": {"acceptor"},
        "decline": {"acceptor"},
        "accept": {"acceptor"},
    },
    "supplement": {"edit": {"handler"}, "refile": {"handler"}},
    "not_accepted": {},
    "accepted": {"begin-review": {"reviewer"}},
    "formal_review": {"publish-notice": {"reviewer"}, "reject": {"reviewer"}},
    "rejected": {},
    "public_notice": {"object": {"*"}, "issue-code": {"coder"}},
    "objection": {"uphold-objection": {"reviewer"}, "dismiss-objection": {"reviewer"}},
    "terminated": {},
    "coded": {"put-into-effect": {"coder"}},
    "effective": {},
}
