"""Student's t and Fisher's F agree with scipy far into their tails."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from readiness.distributions import beta_cdf, f_cdf, f_quantile, t_cdf, t_quantile, t_two_sided_p
from readiness.errors import InvalidScores

DF = st.one_of(st.integers(1, 2000), st.floats(0.5, 2000))
SHARES = st.floats(1e-6, 1 - 1e-6)


@given(x=st.floats(0, 1), a=st.floats(0.1, 500), b=st.floats(0.1, 500))
def test_incomplete_beta_is_scipys(x: float, a: float, b: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(special.betainc(a, b, x), abs=1e-11)


@given(t=st.floats(-50, 50), df=DF)
def test_students_shares_are_scipys(t: float, df: float) -> None:
    assert t_cdf(t, df) == pytest.approx(stats.t.cdf(t, df), abs=1e-11)
    assert t_two_sided_p(t, df) == pytest.approx(2 * stats.t.sf(abs(t), df), rel=1e-8, abs=1e-300)


@given(share=SHARES, df=DF)
def test_students_quantiles_are_scipys(share: float, df: float) -> None:
    assert t_quantile(share, df) == pytest.approx(stats.t.ppf(share, df), rel=1e-8, abs=1e-8)


@given(f=st.floats(0, 1000), df1=DF, df2=DF)
def test_fishers_shares_are_scipys(f: float, df1: float, df2: float) -> None:
    assert f_cdf(f, df1, df2) == pytest.approx(stats.f.cdf(f, df1, df2), abs=1e-10)


@given(share=st.floats(0.001, 0.999), df1=DF, df2=DF)
def test_fishers_quantiles_invert_its_shares(share: float, df1: float, df2: float) -> None:
    assert f_cdf(f_quantile(share, df1, df2), df1, df2) == pytest.approx(share, abs=1e-10)


def test_ends_and_middle() -> None:
    assert (beta_cdf(0, 2, 3), beta_cdf(1, 2, 3)) == (0, 1)
    assert (f_cdf(0, 3, 4), f_cdf(math.inf, 3, 4)) == (0, 1)
    assert (t_cdf(0, 7), t_quantile(0.5, 7), t_two_sided_p(0, 7)) == (0.5, 0, 1)
    assert t_quantile(0.1, 7) == -t_quantile(0.9, 7)


def test_what_is_no_distribution_is_refused() -> None:
    for impossible in (
        lambda: beta_cdf(1.1, 2, 3),
        lambda: beta_cdf(0.5, 0, 3),
        lambda: t_cdf(1, 0),
        lambda: t_quantile(1, 5),
        lambda: t_quantile(float("nan"), 5),
        lambda: f_cdf(-1, 3, 4),
        lambda: f_cdf(1, 3, 0),
        lambda: f_quantile(0, 3, 4),
    ):
        with pytest.raises(InvalidScores):
            impossible()
