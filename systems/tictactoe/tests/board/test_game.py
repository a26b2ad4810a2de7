"""The rules, for every way a game can go."""

from __future__ import annotations

import pytest
from board.game import LINES, Game, MoveRefusedError
from hypothesis import given
from hypothesis import strategies as st

ORDERS = st.permutations(range(9))


def played(order: list[int]) -> Game:
    """The game that follows an order of cells until it is over."""
    game = Game()
    for cell in order:
        if game.over:
            break
        game = game.play(game.turn, cell)
    return game


@given(ORDERS)
def test_every_game_ends_within_nine_moves(order: list[int]) -> None:
    assert played(order).over


@given(ORDERS)
def test_the_markers_take_turns_and_x_begins(order: list[int]) -> None:
    cells = played(order).cells
    assert cells.count("X") - cells.count("O") in (0, 1)
    assert Game().turn == "X"


@given(ORDERS)
def test_the_winner_holds_the_line_and_made_the_last_move(order: list[int]) -> None:
    game = played(order)
    if game.winner is None:
        assert None not in game.cells
    else:
        assert game.line in LINES
        assert {game.cells[cell] for cell in game.line} == {game.winner}
        assert game.turn != game.winner


@given(ORDERS, st.integers(0, 8), st.sampled_from("XO"))
def test_nobody_moves_after_the_end(order: list[int], cell: int, marker: str) -> None:
    with pytest.raises(MoveRefusedError) as refusal:
        played(order).play(marker, cell)
    assert refusal.value.code == "over"


@given(ORDERS, st.integers(0, 4), st.integers(-3, 12), st.sampled_from("XO"))
def test_a_move_changes_one_free_cell_or_is_refused(order: list[int], moves: int, cell: int, marker: str) -> None:
    game = played(order[:moves])
    allowed = 0 <= cell <= 8 and game.cells[cell] is None and marker == game.turn
    if allowed:
        after = game.play(marker, cell)
        assert [place for place in range(9) if after.cells[place] != game.cells[place]] == [cell]
    else:
        with pytest.raises(MoveRefusedError):
            game.play(marker, cell)


@pytest.mark.parametrize("line", LINES)
def test_each_line_wins(line: tuple[int, int, int]) -> None:
    cells: list[str | None] = [None] * 9
    for cell in line:
        cells[cell] = "O"
    assert Game(tuple(cells)).winner == "O"
    assert Game(tuple(cells)).line == line


def test_three_in_a_line_wins_even_with_the_last_cell() -> None:
    game = played([0, 1, 2, 3, 4, 6, 7, 5, 8])  # X: 0 2 4 7 8, which is the diagonal
    assert (game.winner, None in game.cells) == ("X", False)


@pytest.mark.parametrize(
    ("marker", "cell", "code"), [("X", 4, "turn"), ("O", 0, "taken"), ("O", 9, "cell"), ("O", -1, "cell")]
)
def test_a_refusal_names_the_rule(marker: str, cell: int, code: str) -> None:
    with pytest.raises(MoveRefusedError) as refusal:
        Game().play("X", 0).play(marker, cell)
    assert refusal.value.code == code
