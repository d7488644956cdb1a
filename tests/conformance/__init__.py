"""Other people's clients and test suites against the embedded endpoint: `make conformance`.

Suites are fetched from the package registry and run unmodified, clients in scripted sessions; all of them
in an environment of their own, against the real endpoint over HTTP. Not part of `make test`.
"""
