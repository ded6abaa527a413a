"""The channels by which families hear: a further one is a class of its own and its line here.

The diary's feed is none of them: it reads the notices themselves whenever somebody looks, and puts nothing on its way.
"""

from app.services.channels.base import channel_named, further, register, wished
from app.services.channels.email import Email, StudentEmail
from app.services.channels.texts import Texts

__all__ = ["channel_named", "further", "register", "wished"]

for each in (Texts(), Email(), StudentEmail()):
    register(each)
