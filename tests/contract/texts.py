"""The duties of a server of texts, each with the test that tries it."""

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
    "the first update has the whole text, no Parents, and a length also if it is empty": (
        walk.test_the_first_update_of_an_empty_text
    ),
    "its Version has all newest ids, sorted": walk.test_the_first_update_of_a_text_with_several_newest_edits,
    "places are code points of the text at Parents, and line ends stay what they are": (
        walk.test_places_are_code_points
    ),
    "places may be counted from the end, and a body without a place is the whole text": (
        door.test_whole_texts_and_places_from_the_end
    ),
    "a version is agent-seq, counts code points, and stands for its run": (
        walk.test_a_number_within_an_edit_names_the_text_in_its_middle
    ),
    "an edit made behind is moved to where it belongs, and its writer led on from their own version": (
        walk.test_an_edit_made_behind
    ),
    "a writer who is not behind is not sent their own edit": walk.test_a_writer_who_is_not_behind_is_told_nothing,
    "the same edit again is answered the same, and stored once": door.test_an_edit_is_repeated_harmlessly,
    "and does not take its writer back": walk.test_a_repeated_edit_does_not_take_its_writer_back,
    "whoever comes again is led on from any version that they may have": door.test_resuming_from_any_version,
    "unknown Parents of a subscription are waited for, since they are an edit that got lost": (
        door.test_that_a_lost_edit_is_waited_for
    ),
    "but not for ever": door.test_that_patience_ends,
    "an edit that overtakes the one before waits for it": door.test_edits_that_overtake_each_other,
    "and has a status that is tried again if that does not come": door.test_unknown_parents,
    "updates have a digest of exactly the text at their version": walk.test_digests_are_of_the_text_at_the_version,
    "or none": walk.test_no_digest_where_the_text_is_not_at_hand,
    "the digest of an edit is compared if nobody else's is in between": door.test_digests,
    "550 is the answer to what can never succeed": door.test_what_can_never_succeed,
    "and to nothing else": walk.test_550_is_only_for_what_can_never_succeed,
    "losing the right ends a subscription": door.test_losing_the_right_ends_the_stream,
    "all who write at once come to one text": together.test_that_everybody_writes_at_once,
    "over several processes, through cuts and kills, with every edit that was answered": (
        laws.test_everybody_comes_to_one_text
    ),
    "clients over the npm package braid-http do, both ways": node.test_edits_go_both_ways,
    "and when they are cut off while they type": node.test_everybody_types_at_once_and_is_cut_off,
    "or lose the answer to an edit": node.test_an_edit_whose_answer_was_lost,
    "cursors are at the same address, told by HEAD, moved along with edits, and end with their subscription": (
        cursors.test_it_works
    ),
    "a cursor without a subscription is answered 425": cursors.test_who_may_be_where,
    "cursors are seen from other processes, and end with the process": laws.test_cursors_over_processes,
    "`PUT /collab` takes operations, one after another": walk.test_operations_of_the_older_form,
}
"""What the tests' names say, in words."""
