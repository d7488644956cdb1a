"""Requests made from the service models, good and bad, against the endpoint: `make fuzz`.

Every operation that the endpoint implements gets valid requests, requests at and beyond each boundary of
the model, and requests that are broken as JSON, as a path or as HTTP; many name memories, events and records
that exist, so that the code behind validation is reached. `model` says independently of the endpoint whether
a document fits a shape, and `judge` holds every answer against it.
"""
