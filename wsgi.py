"""gunicorn's handle: the application, and nothing else."""

from marketplace.app import create_app

app = create_app()
