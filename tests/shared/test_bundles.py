"""Letters that travel together: nothing is lost, changed or reordered among those of a type."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import PAYLOAD_BYTES_MAX
from shared.messaging.bundles import LETTERS_MAX, NoBundle, bundled, packed, unpacked
from shared.messaging.bus import Letter

letters = st.builds(Letter, st.uuids(), st.sampled_from(["a.b.v1", "a.c.v1"]), st.binary(max_size=60))


@given(st.lists(letters, min_size=1, max_size=20))
def test_what_was_packed_is_unpacked(some: list[Letter]) -> None:
    assert unpacked(packed(some)) == some


@given(st.lists(letters, min_size=1), st.integers(1, 40))
def test_a_bundle_cut_short_is_none(some: list[Letter], lost: int) -> None:
    whole = packed(some)
    try:
        found = unpacked(whole[: max(1, len(whole) - lost)])
    except NoBundle:
        return
    assert found == some[: len(found)], "cut between two letters"


def test_bytes_of_somebody_else_are_no_bundle() -> None:
    for body in (b"{}", b"\n", b"1 a 3\nabc", b"\xff a 1\nb", f"{UUID(int=1)} a -1\n".encode()):
        with pytest.raises(NoBundle):
            unpacked(body)


@given(st.lists(letters, max_size=30))
def test_each_letter_is_in_one_bundle_with_its_type_in_order(some: list[Letter]) -> None:
    bundles = list(bundled(some))

    for kind in ("a.b.v1", "a.c.v1"):
        gathered = [letter for bundle in bundles for letter in bundle if letter.type == kind]
        assert gathered == [letter for letter in some if letter.type == kind]
    assert all(len({letter.type for letter in bundle}) == 1 for bundle in bundles)


def test_bundles_are_bounded_and_the_largest_event_travels() -> None:
    many = [Letter(UUID(int=number), "a.b.v1", b"x") for number in range(2 * LETTERS_MAX + 1)]
    assert [len(bundle) for bundle in bundled(many)] == [LETTERS_MAX, LETTERS_MAX, 1]

    large = [Letter(UUID(int=number), "a.b.v1", b"x" * PAYLOAD_BYTES_MAX) for number in range(2)]
    assert [len(bundle) for bundle in bundled(large)] == [1, 1]
