"""The evaluation: fixed questions, SQuAD files, measures, recorded figures, a report.

``python -m eval`` runs it; ``eval/README.md`` says what each figure means.
"""
