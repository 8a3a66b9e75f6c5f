"""The workshop of bills: lines from meter events, and the payment gateway; pure of HTTP pages."""
