"""Register A: public data resources and the products made from them.

We own applications, notices, objections and entries with their codes. Words: *registering entity*
(the organisation that files), *acceptor*, *reviewer* and *coder* (people of the registration
institution), *entry* (an application that got its code). Licensing, sandbox and marketplace ask
``registry.public`` whether an entry is in force, each time they use it.

Source: Interim Measures for Registration of Public Data Resources (发改数据规〔2025〕26号), here "S1".
"""
