"""Tests of the trained networks against NTK and MKL."""

from fixing_ntk.results.declaration import ACCURACY, Declaration, Step

RESULT = Declaration(
    title="Trained networks against NTK and MKL",
    section=ACCURACY,
    place=9,
    table=Step(networks="table/trained_networks"),
    only_with="paper",
)
