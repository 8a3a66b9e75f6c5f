"""The workshop of contracts: terms to ODRL and back, canonical bytes and digest; pure."""
