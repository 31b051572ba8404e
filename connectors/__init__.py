"""One module a platform: each knows one API and nothing else."""
