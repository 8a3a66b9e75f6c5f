"""Running an installation: homes and migrations, supervisor, sequencer, jobs, demo, doctor."""
