"""What clients of shared texts rely on, each with the test for it."""

from collections.abc import Callable
from typing import Any, Final

from tests.braid_client import test_texts as node
from tests.contract import test_texts as walk
from tests.documents import test_cursors as cursors
from tests.documents import test_text as door
from tests.documents import test_together as together
from tests.laws import test_documents as laws

DUTIES: Final[dict[str, Callable[..., Any]]] = {
    "GET and HEAD answer the text with its version; other merge types are refused with 400": door.test_get_and_head,
    "a subscription is a 209, byte for byte as clients read it": door.test_the_bytes_of_a_subscription,
    "the first update has the whole text, no Parents, and a length even if it is empty": (
        walk.test_the_first_update_of_an_empty_text
    ),
    "its Version has all ids of the frontier, sorted": walk.test_the_first_update_of_a_text_with_several_newest_edits,
    "ranges are code points of the text at Parents, and line ends are not changed": (walk.test_places_are_code_points),
    "ranges may be counted from the end, and a body without a range is the whole text": (
        door.test_whole_texts_and_places_from_the_end
    ),
    "a version is agent-seq, counts code points, and covers its run": (
        walk.test_a_number_within_an_edit_names_the_text_in_its_middle
    ),
    "an edit of an older text is moved to where it belongs, and its writer gets patches from their own version": (
        walk.test_an_edit_made_behind
    ),
    "a writer who is up to date is not sent their own edit": walk.test_a_writer_who_is_not_behind_receives_nothing,
    "a repeated edit gets the same answer, and is stored once": door.test_an_edit_is_repeated_harmlessly,
    "and does not take its writer back to an older text": walk.test_a_repeated_edit_does_not_take_its_writer_back,
    "a client can resume from any version": door.test_resuming_from_any_version,
    "a subscription waits for unknown Parents, because they name an edit that got lost": (
        door.test_that_a_lost_edit_is_waited_for
    ),
    "but not forever": door.test_that_patience_ends,
    "an edit that overtakes the previous one waits for it": door.test_edits_that_overtake_each_other,
    "and gets a status that makes the client retry if it does not arrive": door.test_unknown_parents,
    "updates have a digest of exactly their version": walk.test_digests_are_of_the_text_at_the_version,
    "or none": walk.test_no_digest_where_the_text_is_not_at_hand,
    "the digest of an edit is checked if no one else's edit came in between": door.test_digests,
    "what can never succeed gets 550": door.test_what_can_never_succeed,
    "and nothing else does": walk.test_550_is_only_for_what_can_never_succeed,
    "losing access ends a subscription": door.test_losing_the_right_ends_the_stream,
    "concurrent writers end with the same text": together.test_that_everybody_writes_at_once,
    "over several processes, through lost connections and kills, with every acknowledged edit": (
        laws.test_everybody_comes_to_one_text
    ),
    "clients with the npm package braid-http do too, both ways": node.test_edits_go_both_ways,
    "and when they lose the connection while typing": node.test_everybody_types_at_once_and_is_cut_off,
    "or lose the answer to an edit": node.test_an_edit_whose_answer_was_lost,
    "cursors are at the same address, announced by HEAD, move along with edits, and end with their subscription": (
        cursors.test_it_works
    ),
    "a cursor without a subscription gets 425": cursors.test_who_may_be_where,
    "cursors are visible in other processes, and end with their process": laws.test_cursors_over_processes,
    "`PUT /collab` takes operations, one after another": walk.test_operations_of_the_older_form,
}
"""What the tests' names say, in words."""
