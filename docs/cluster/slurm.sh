#!/bin/bash
# sbatch slurm.sh
# Submitted again after it was stopped (time limit, scancel, a node that failed), it goes on where it was.
#SBATCH --job-name=accession-sweep
#SBATCH --ntasks=66
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=1G
#SBATCH --time=02:00:00
#SBATCH --signal=TERM@120
# 66 tasks: a scheduler, the command, and 64 workers.

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# a task that has lost its worker ten times is given up, not one that has lost it three times
export DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=10

# machine code is made once, before 64 workers would make it at the same time
accession run status-quo --trajectories 1000 --worlds 100 --keep summary --quiet --out compiled

srun --no-kill --kill-on-bad-exit=0 python slurm_runner.py sweep status-quo \
    --grid settlement_rate=0.001:0.3:50:log --grid settled_rate=0.1:1.5:20 \
    --trajectories 20000 --out sweep
