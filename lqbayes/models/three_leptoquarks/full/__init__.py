"""The formula set `full`: what else constrains the three leptoquarks, with the CKM matrix and the running of the coefficients.

Each formula is a function of one point, over numbers and tuples. The docstring has its equation, where it is from, and one of these marks:

[V]
    compared numerically with flavio 2.7.1 and wilson 2.5.2;
[D]
    derived, without an independent number;
[A]
    an approximation, whose error is stated.

Indices of the equations: quarks i, k = 1, 2, 3 for d, s, b or u, c, t, leptons a, b for e, mu, tau. [23;ab] are the quarks 2 and 3 with the
leptons a and b, c() is complex conjugation. Masses are in GeV, coefficients of four-fermion operators in GeV^-2.
"""
