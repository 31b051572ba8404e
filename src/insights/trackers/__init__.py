"""What writes to trackers and threads: one file a platform, only on a person's command."""
