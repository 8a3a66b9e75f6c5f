"""Storefront and composition root: catalogue, tasks, bills, inspection, and the `hexi` command."""
