"""The training objective of the NTK is never below the MKL optimum."""

from fixing_ntk.results.declaration import CLAIMS, Declaration, Step

RESULT = Declaration(
    title="MKL fixes the NTK",
    section=CLAIMS,
    place=6,
    compute=Step(records="records"),
)
