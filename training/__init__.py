"""Corpus, composition of documents, fit and evaluation of the model."""
