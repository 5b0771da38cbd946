"""What libphonenumber itself says of numbers: the example of every region and kind, and of many mutated spellings."""

import random

import phonenumbers as pn

FORM = pn.PhoneNumberFormat
NAMES = {
    pn.PhoneNumberType.FIXED_LINE: "Fixed",
    pn.PhoneNumberType.MOBILE: "Mobile",
    pn.PhoneNumberType.FIXED_LINE_OR_MOBILE: "FixedOrMobile",
    pn.PhoneNumberType.PREMIUM_RATE: "Premium",
    pn.PhoneNumberType.TOLL_FREE: "TollFree",
    pn.PhoneNumberType.SHARED_COST: "SharedCost",
    pn.PhoneNumberType.VOIP: "Voip",
    pn.PhoneNumberType.PERSONAL_NUMBER: "Personal",
    pn.PhoneNumberType.PAGER: "Pager",
    pn.PhoneNumberType.UAN: "Uan",
    pn.PhoneNumberType.VOICEMAIL: "Voicemail",
}
VERDICTS_PER_REGION = 16


def examples(regions):
    """Lines of the region it is listed under, its own region, kind, E.164, national spelling, international spelling."""
    lines = []
    for code in regions:
        seen = set()
        for number in examples_of(code):
            if not pn.is_valid_number(number):
                raise ValueError(f"the example of {code} is not valid")
            if e164(number) in seen:
                continue
            seen.add(e164(number))
            # Plans overlap: the example of Western Sahara is a number of Morocco.
            spelt = [pn.format_number(number, f) for f in (FORM.E164, FORM.NATIONAL, FORM.INTERNATIONAL)]
            lines.append([code, pn.region_code_for_number(number), NAMES[pn.number_type(number)], *spelt])
    for calling in sorted(pn.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        number = pn.example_number_for_non_geo_entity(calling)
        spelt = [pn.format_number(number, f) for f in (FORM.E164, FORM.NATIONAL, FORM.INTERNATIONAL)]
        lines.append(["001", "001", "NonGeographic", *spelt])
    return lines


def verdicts(regions):
    """Lines of default country or -, input, and the E.164 form or - where it is to be refused.

    The inputs are examples with digits changed, trunk prefixes doubled, international prefixes of the right and of the
    wrong country, calling codes without plus: what normalisation goes wrong on.
    """
    draw = random.Random(20)
    lines = []
    for code in regions:
        numbers = list(examples_of(code))
        calling = pn.country_code_for_region(code)
        meta = pn.PhoneMetadata.metadata_for_region(code)
        exits = "".join(c for c in meta.preferred_international_prefix or meta.international_prefix if c.isdigit())
        for _ in range(VERDICTS_PER_REGION):
            number = draw.choice(numbers)
            nsn = mutated(draw, pn.national_significant_number(number))
            trunk = draw.choice(["", "", meta.national_prefix or "", "0", "1", "8", "00", "9"])
            home, text = draw.choice(
                [
                    ("-", f"+{calling}{nsn}"),
                    ("-", f"+{calling}{trunk}{nsn}"),
                    ("-", f"+{calling} ({trunk or 0}) {nsn}"),
                    (code, mutated(draw, pn.format_number(number, FORM.NATIONAL))),
                    (code, trunk + nsn),
                    (code, f"{calling}{trunk}{nsn}"),
                    (code, f"{exits[:5]}{calling}{nsn}"),
                    (draw.choice(regions), f"00 {calling} {nsn}"),
                    (draw.choice(regions), pn.format_number(number, FORM.INTERNATIONAL)),
                ]
            )
            if set(text) <= set("+0123456789 -./()") and text.count("(") == text.count(")") and text[-1].isdigit():
                lines.append([home, text, verdict(text, home)])
    return lines


def verdict(text, home):
    try:
        number = pn.parse(text, None if home == "-" else home)
    except pn.NumberParseException:
        return "-"
    form = e164(number)
    # Valid, no longer than E.164 allows, and read as itself: the form is what limits are counted on.
    if not pn.is_valid_number(number) or len(form) > 16 or e164(pn.parse(form, None)) != form:
        return "-"
    # libphonenumber forgives `+0031...`; here a plus sign is followed by a calling code.
    return "-" if text.startswith("+0") else form


def examples_of(code):
    for kind in sorted(pn.PhoneNumberType.values()):
        number = pn.example_number_for_type(code, kind)
        if number is not None:
            yield number


def mutated(draw, text):
    signs = list(text)
    for _ in range(draw.choice([0, 0, 1, 2, 4])):
        at = draw.randrange(len(signs))
        if signs[at].isdigit():
            signs[at] = draw.choice("0123456789")
    if draw.random() < 0.1:
        signs.insert(draw.randrange(len(signs)), draw.choice("0123456789"))
    return "".join(signs)


def e164(number):
    return pn.format_number(number, FORM.E164)
