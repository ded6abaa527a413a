"""Pages made by hand, where people do not think in rows."""

from app.pages import health, sign_in, start

BLUEPRINTS = (start.pages, sign_in.pages, health.pages)
