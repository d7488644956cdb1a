"""Measurements, each beside a floor of the same run."""

import services.aws_local  # noqa: F401 - as many BLAS threads as the endpoint has: set before numpy is imported
