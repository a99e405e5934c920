"""The table that is printed, and the ratios in it."""

from bench.table import Column, Result, Row, markdown
from bench.throughput import with_ratios


def test_figures_are_written_by_their_column_and_missing_ones_are_dashes() -> None:
    columns = [Column("events/s", "rate"), Column("CPU µs", "cpu", ".1f")]
    rows = [Row("ours", "upserts", {"rate": 12345.6, "cpu": 7.25}), Row("bare", "reads", {"rate": 9.0})]
    assert markdown(Result("t1", "T1: fast", columns, rows)) == (
        "**T1: fast**\n"
        "\n"
        "| subject | what it does | events/s | CPU µs |\n"
        "| --- | --- | ---: | ---: |\n"
        "| ours | upserts | 12,346 | 7.2 |\n"
        "| bare | reads | 9 | - |\n"
    )


def test_a_table_of_ours_alone_does_not_say_what_it_does() -> None:
    told = markdown(Result("growth", "Growth", [Column("MB", "mb")], [Row("10 on 1", figures={"mb": 1.0})]))
    assert told.splitlines()[2:] == ["| subject | MB |", "| --- | ---: |", "| 10 on 1 | 1 |"]


def test_a_reason_cannot_break_the_table() -> None:
    told = markdown(Result("t", "T", [Column("MB", "mb")], [Row("peer", why="a | b\nc")]))
    assert told.splitlines()[-1] == "| peer | no result: a \\| b c |"


def test_ratios_are_to_the_mean_of_ours() -> None:
    rows = [
        Row("infobip-streams", "", {"rate": 30.0}),
        Row("peer", "", {"rate": 10.0}),
        Row("broken", "", why="it ended"),
        Row("infobip-streams, again", "", {"rate": 50.0}),
    ]
    assert [row.figures.get("ratio") for row in with_ratios(rows)] == [0.75, 0.25, None, 1.25]


def test_without_a_rate_of_ours_there_are_no_ratios() -> None:
    rows = [Row("infobip-streams", "", why="it ended"), Row("peer", "", {"rate": 10.0})]
    assert with_ratios(rows) == rows
