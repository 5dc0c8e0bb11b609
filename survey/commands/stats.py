"""`survey stats`: the statistics of the results pages, for statisticians without a database."""

from __future__ import annotations

import click

from survey.commands import stats_figures, stats_files, stats_weights


@click.group()
def stats() -> None:
    """满意率、区间、权数、样本量的计算 · rates, intervals, weights and sizes, equal to R."""


for command in (
    stats_figures.interval,
    stats_files.estimate,
    stats_figures.outcomes,
    stats_weights.weights,
    stats_files.agreement,
    stats_figures.allocate,
    stats_figures.size,
):
    stats.add_command(command)
