"""Lasting groups of passages, and the ledger of what became of them."""
