"""The rule model behind Converse: what it recognises, recalls and says."""
