"""The office: what is due, the rules that are counted with, the calendar, and certificates at work."""

from registry.pages.office import calendar, certificates, clocks, limits

__all__ = ["calendar", "certificates", "clocks", "limits"]
