"""HTTP and the AWS wire protocol: request, route, parse, validate, serialise, from botocore's models."""
