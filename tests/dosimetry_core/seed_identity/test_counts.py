import numpy as np
import pytest
from scipy.stats import binom

from dosimetry_core.seed_identity import reconcile
from dosimetry_core.seed_identity.counts import count_distribution


def test_distribution_of_equal_chances_is_binomial():
    np.testing.assert_allclose(
        count_distribution(np.full(6, 0.3)), binom.pmf(np.arange(7), 6, 0.3), atol=1e-12
    )


def test_agreement_has_nothing_to_tell():
    (one,) = reconcile({"N1": 3}, {"N1": np.array([0.999, 0.995, 0.99, 0.01])})
    assert one.agrees
    assert one.message == ""
    assert (one.found, one.low, one.high) == (3, 3, 3)


@pytest.mark.parametrize("reported", [2, 4])
def test_a_mismatch_is_told_however_probable(reported):
    (one,) = reconcile({"N1": reported}, {"N1": np.full(3, 0.99)}, miss_rate=0.4)
    assert not one.agrees
    assert f"{reported} reported, 3 found" in one.message


def test_missing_seeds_are_explained_by_misses_as_far_as_they_go():
    """Three seen of N, each seen with 0.97: N is 3, 4, 5 with C(N, 3) 0.97^4 0.03^(N-3)."""
    seen = np.ones(3)
    explained = [
        reconcile({"N1": count}, {"N1": seen}, miss_rate=0.03)[0].explained for count in (2, 3, 4)
    ]
    assert explained == pytest.approx([0.0, 0.97**4, 4 * 0.97**4 * 0.03])


def test_needles_without_report_and_reports_without_finds():
    told = {
        one.label: one
        for one in reconcile({"N1": 2, "N3": 0}, {"N2": np.array([0.9]), "N4": np.array([0.1])})
    }
    assert "2 fewer" in told["N1"].message
    assert "nothing was reported" in told["N2"].message
    assert told["N3"].agrees
    assert told["N4"].agrees


def test_refuses_what_is_no_count():
    with pytest.raises(ValueError, match="zero or more"):
        reconcile({"N1": -1}, {})
    with pytest.raises(ValueError, match="between 0 and 1"):
        reconcile({}, {"N1": np.array([1.2])})
    with pytest.raises(ValueError, match="miss rate"):
        reconcile({}, {}, miss_rate=1.0)
