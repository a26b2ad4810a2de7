"""Reasoning that front-ends and back-ends share: questions that have one answer, whoever asks."""
