"""Whether the last build is still good, found out without importing what a build needs.

A record of everything a build looked at lies in `.motia/cache/builds`. When all of it is as it was, the build that
would follow can only come to the same result, and that result is in the record. In doubt there is no record, or it does
not match, and the project is built.
"""

from motia_project.last_build.record import LastBuild, Outcome

__all__ = ["LastBuild", "Outcome"]
