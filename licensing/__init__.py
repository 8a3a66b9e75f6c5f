"""Authorised operation and licences: what two parties sign is what the machine enforces.

We own operation agreements, price ceilings, offers, applications for a licence, and licences with
their quotas. Words: *implementing body* and *operating institution* conclude an *operation
agreement*; the operator publishes *offers*; an enterprise *applies*; a *licence* is a signed ODRL
Agreement. The sandbox asks ``licensing.public`` at each run.

Sources: Implementation Specifications for Authorised Operation (发改数据规〔2025〕27号, "S2"); price
formation notice (发改价格〔2025〕65号, "S3"); ODRL Information Model 2.2 (W3C).
"""
