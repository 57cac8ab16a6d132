"""The question-answering engine: articles in, verbatim quotations out."""
