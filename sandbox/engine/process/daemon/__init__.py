"""The supervisor: it takes requests on a socket and has others do the work; it reads no data."""

from sandbox.engine.process.daemon.service import serve

__all__ = ["serve"]
