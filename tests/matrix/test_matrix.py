"""All tests of the matrix, in one file: a run in parts keeps a file together, so that the world is made only once.

The size is the last: it counts what those before it have asked.
"""

import pytest

from app.records import ALL
from tests.matrix.cells import COUNTED
from tests.matrix.families import (
    test_everybody_at_everybodys_requests_about_own_data,
    test_everybody_at_the_diary_of_everybodys_child,
    test_who_sees_a_child_is_told_to_who_sees_the_child_and_minds_it,
)
from tests.matrix.fields import test_each_role_is_told_the_fields_of_the_table_and_no_other
from tests.matrix.further import (
    test_a_foreign_row_among_own_ones_stops_all_of_them,
    test_finder_and_workbooks_tell_nobody_of_others,
    test_what_somebody_keeps_is_nobody_elses,
)
from tests.matrix.pages import (
    test_an_account_is_seen_by_who_administers_its_school,
    test_every_address_is_asked_or_left_out_by_name,
    test_everybody_at_the_pages_made_by_hand,
    test_nobody_and_who_is_disabled_get_in_nowhere,
    test_who_invites_invites_into_their_own_classes,
    test_who_works_in_a_class_opens_its_journals,
)
from tests.matrix.records import test_everybody_sees_exactly_their_own
from tests.matrix.rights_end import test_it_ends_at_the_next_request
from tests.matrix.sheets import test_sheets_and_progress_are_shown_of_ones_own_alone
from tests.matrix.why import test_what_is_told_of_rights_is_what_the_doors_do

__all__ = [
    "test_a_foreign_row_among_own_ones_stops_all_of_them",
    "test_an_account_is_seen_by_who_administers_its_school",
    "test_each_role_is_told_the_fields_of_the_table_and_no_other",
    "test_every_address_is_asked_or_left_out_by_name",
    "test_everybody_at_everybodys_requests_about_own_data",
    "test_everybody_at_the_diary_of_everybodys_child",
    "test_everybody_at_the_pages_made_by_hand",
    "test_everybody_sees_exactly_their_own",
    "test_finder_and_workbooks_tell_nobody_of_others",
    "test_it_ends_at_the_next_request",
    "test_nobody_and_who_is_disabled_get_in_nowhere",
    "test_sheets_and_progress_are_shown_of_ones_own_alone",
    "test_what_is_told_of_rights_is_what_the_doors_do",
    "test_what_somebody_keeps_is_nobody_elses",
    "test_who_invites_invites_into_their_own_classes",
    "test_who_sees_a_child_is_told_to_who_sees_the_child_and_minds_it",
    "test_who_works_in_a_class_opens_its_journals",
]
LEAST = 180  # cells of a record type, on average


def test_the_matrix_has_as_many_cells_as_it_should(request: pytest.FixtureRequest) -> None:
    """Of the record types that this run was told to ask: all of them, where nothing was chosen by name."""
    calls = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    chosen = {params["declared"].name for params in calls if params.get("declared") in ALL}
    total = sum(COUNTED.values())
    request.node.user_properties.append(("told", f"The matrix: {total:,} cells in {len(COUNTED)} places."))

    assert chosen <= set(COUNTED)
    assert sum(COUNTED[name] for name in chosen) >= LEAST * len(chosen)
