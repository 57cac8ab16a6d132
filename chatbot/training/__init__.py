"""Train the extractive reader: question and passage in, best span or "no answer" out.

Needs the ``train`` extra. The product itself never imports this package: it reads the
exported weights in ``chatbot/models/reader``.
"""
