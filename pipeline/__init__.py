"""Who runs which stage when: the queue, its tasks, the runner, recovery and the `longbox` command.

The job table in `db` is the truth; the queue is only a doorbell. Stages are started as programs
(`python -m stages.index`), never imported.
"""
