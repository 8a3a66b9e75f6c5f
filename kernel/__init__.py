"""Shared ground under the four domain packages.

Entry rule: a module is here when three packages or more use it, or when it is
about HTTP and no page of ours, and it holds no business noun. The list is
closed and checked by ``tests/architecture``; adding a module needs a decision
record (docs/decisions/0003).
"""
