"""Overview: what is in this account and region right now."""

from dashboard.components import notices, overview

notices.show()
overview.show()
