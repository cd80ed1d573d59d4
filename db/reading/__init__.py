"""Reading data: what people have read, marked, noted and listed, and the journal of every change.

Whatever changes any of it goes through `db.reading.ledger`, which changes the row and writes the
journal in one transaction. No stage of the pipeline imports anything of this package.
"""
