"""IAM roles and policies, kept so that what names them can be made; nothing is enforced."""
