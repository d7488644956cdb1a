"""Memory resources: their configuration, strategies and namespaces, and how these change."""
