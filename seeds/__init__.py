"""What a school finds on its first day: roles with their grants and, in a demo, a whole school at work."""

from seeds.grants import install

__all__ = ["install"]
