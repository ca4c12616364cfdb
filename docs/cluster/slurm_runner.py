"""``srun python slurm_runner.py sweep …``: an ``accession`` command whose points are run by the tasks of a SLURM job.

Every task of the job starts this file. The first becomes Dask's scheduler, the second runs the command, all others are
workers of one thread each.
"""

import subprocess
import sys

from dask_jobqueue.slurm import SLURMRunner

if __name__ == "__main__":
    # the file by which they find one another must lie where all nodes see it: the folder of the job
    with SLURMRunner(scheduler_file="scheduler-{job_id}.json", worker_options={"nthreads": 1}) as runner:
        command = ["accession", *sys.argv[1:], "--cluster", runner.scheduler_address]
        code = subprocess.call(command)
    sys.exit(code)
