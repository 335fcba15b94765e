"""What runs in the child process that reads configurations: standard library only, in the project's interpreter."""
