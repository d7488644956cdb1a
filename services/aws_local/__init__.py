"""The embedded AWS endpoint: a process of its own, reached only over HTTP.

Its products of matrices use one thread each, since it serves many calls at once. OpenBLAS's threads wait for
each other by spinning: on two busy cores the embedding of one sentence takes about 1 s with two threads and
0.06 s with one; on two quiet ones two are a quarter faster, for twice the CPU time. It has to be said before
numpy is imported. A value that is set already counts.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
