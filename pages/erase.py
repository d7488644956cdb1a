"""Erase a person: find everything of one person, delete it, check twice, certify."""

from dashboard import faults, resources
from dashboard.components import erasure, erasure_form, erasure_progress, notices

notices.show()
known = resources.erasures_here()
erasure_progress.open_ones(known)

listing = resources.memory_summaries()
asked = erasure_form.form(sorted((row["id"] for row in listing.rows), key=str.lower))
if asked:
    with faults.shown():
        erasure.preview(asked)
erasure_progress.closed_ones(known)
erasure_progress.verification()
