"""What Longbox remembers: schema, migrations, the job table, the catalogue, users.

All SQL of the project lives in this package. It imports nothing of ours, so every other
package may stand on it.
"""
