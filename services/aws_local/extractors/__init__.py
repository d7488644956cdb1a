"""Who turns conversations into memories: extractors behind one interface.

    Extractor (interface)       extract a group's candidates, then plan what they change
        RulesExtractor          deterministic, no language model; the default
        ModelExtractor          prompts a model server; its failures are failed jobs, never rules instead

`Extractors.of(strategy)` chooses. The pipeline embeds, stores and keeps the evidence, whoever extracts.
"""
