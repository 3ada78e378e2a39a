"""The way in which plain numbers are decided is the library's, for every region that it knows."""

import random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upturn.privacy.numbering_plans import is_valid_as_written, is_valid_number

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
KINDS = (
    phonenumbers.PhoneNumberType.FIXED_LINE,
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.TOLL_FREE,
    phonenumbers.PhoneNumberType.PREMIUM_RATE,
    phonenumbers.PhoneNumberType.VOIP,
)
FORMS = (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _examples(region: str) -> set[str]:
    """Give the library's own examples of a region's numbers, written as there, as from abroad and as digits."""
    numbers = [found for kind in KINDS if (found := phonenumbers.example_number_for_type(region, kind))]
    written = {phonenumbers.format_number(number, form) for number in numbers for form in FORMS}
    return written | {"".join(filter(str.isdigit, one)) for one in written}


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_decides_as_the_library_does(region: str) -> None:
    random.seed(region)
    examples = sorted(_examples(region))
    near = ["".join(random.choice("0123456789") if sign == "7" else sign for sign in one) for one in examples]
    cut = [one[:-1] for one in examples] + [f"{one}0" for one in examples] + [f"0{one}" for one in examples]
    written = examples + near + cut
    told = [is_valid_number(one, (region,)) for one in written]
    assert told == [is_valid_as_written(one, (region,)) for one in written]
    assert any(told) or not examples


@given(
    st.from_regex(r"[0(]?[0-9]{2,5}[)]?(?:[ ./\u00a0\u202f\u2010-\u2013-]{0,2}[0-9]{1,4}){1,4}", fullmatch=True),
    st.lists(st.sampled_from(REGIONS), min_size=1, max_size=7, unique=True).map(tuple),
)
def test_any_number_is_decided_as_the_library_does(written: str, regions: tuple[str, ...]) -> None:
    assert is_valid_number(written, regions) == is_valid_as_written(written, regions)
