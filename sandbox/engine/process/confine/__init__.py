"""What holds a process that may be hostile: limits, Landlock, seccomp, and bubblewrap around all."""
