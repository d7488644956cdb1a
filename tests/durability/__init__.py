"""What the endpoint keeps when it is killed, when the power fails, when the disk is full.

`python -m tests.durability` runs everything and prints a table; `test_durability.py` is the short version.

machine.py         the endpoint as a process that can be killed or lose its power, and started again
virtual_disk.py    a SQLite VFS that knows which bytes were synced, may be full, and may stop the process
served.py          the endpoint's main, in a process of its own, on a real disk or on that one
load.py            clients that write, delete and repeat, and note what they were told
verdict.py         what is stored against what was told
cycles.py          load, end, look, start, ask: again and again
full_disk.py       no room, then room again
migration.py       killed while the schema is brought up to date
"""
