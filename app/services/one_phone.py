"""A guardian's children on one phone stand in one text, where all that is wished of it is alike."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.services.drafts import Draft


def together(drafts: Iterable[Draft], wishes: Mapping[int, Any]) -> list[Draft]:
    """The drafts, those of one guardian's children as one; `wishes` are the subscriptions by id, as they are now.

    Apart stay texts of another kind, phone, language, script, length or detail, and those whose families differ in
    their quiet hours or in what becomes of a text that does not arrive: a text goes, waits or fails as a whole.
    """
    found: dict[tuple[Any, ...], Draft] = {}
    for draft in drafts:
        first = draft.deliveries[0]
        wish = wishes.get(first.subscription_id)
        how = None if wish is None else (wish.quiet_from, wish.quiet_until, wish.email_fallback)
        key = (first.school_id, first.guardian_id, draft.kind, draft.phone, draft.rules, draft.detail, how)
        one = found.setdefault(key, draft)
        one.children[first.subscription_id] = draft.child
        if one is not draft:
            one.deliveries = [*one.deliveries, *draft.deliveries]
    return list(found.values())
