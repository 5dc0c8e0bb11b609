"""The list of withdrawals beside the database: appended, private, and not upset by a crash in the middle of a line."""

from build import NOON

from survey.services import withdrawal_list

MARKS = {f"{number:032x}": NOON for number in range(3)}


def test_only_what_is_missing_is_appended_and_only_the_owner_reads_it(tmp_path):
    path = tmp_path / withdrawal_list.NAME
    first, *_rest = MARKS

    assert withdrawal_list.complete(path, {first: NOON}) == 1
    assert withdrawal_list.complete(path, MARKS) == 2
    assert withdrawal_list.complete(path, MARKS) == 0

    assert withdrawal_list.read(path) == MARKS
    assert len(path.read_text().splitlines()) == 3 and path.stat().st_mode & 0o077 == 0


def test_a_line_cut_short_counts_for_nothing_and_spoils_no_other(tmp_path):
    path = tmp_path / withdrawal_list.NAME
    first, second, third = MARKS
    path.write_text(f"{first} {NOON.isoformat()}\n{second} 2025-04-\nnonsense\n{third[:9]}")

    assert withdrawal_list.read(path) == {first: NOON}
    assert withdrawal_list.complete(path, MARKS) == 2
    assert withdrawal_list.read(path) == MARKS


def test_where_there_is_none_nothing_is_known_and_none_is_made(tmp_path):
    path = tmp_path / withdrawal_list.NAME

    assert withdrawal_list.read(path) == {} and withdrawal_list.complete(path, {}) == 0
    assert not path.exists()
