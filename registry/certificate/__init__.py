"""The workshop of codes and registration manifests, pure of HTTP and database."""
