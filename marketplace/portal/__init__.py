"""The workshop of the storefront: lights and order of tasks; pure of HTTP and database."""
