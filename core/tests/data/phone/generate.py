#!/usr/bin/env python3
"""Makes the numbering tables of core/src/types/phone/ and the example numbers beside this file.

Source: the metadata of Google's libphonenumber (Apache-2.0) as published in the Python package `phonenumbers`.
Run it with the pinned version (see README.md beside this file):

    python3 -m venv /tmp/phone && /tmp/phone/bin/pip install -r core/tests/data/phone/requirements.txt
    /tmp/phone/bin/python core/tests/data/phone/generate.py

With `--check` nothing is written; the exit status tells whether the committed files are what the metadata gives.
"""

import pathlib
import struct
import sys

import phonenumbers as pn

from patterns import DIGITS, Automaton, Nfa, Parser, Programs
from samples import examples, verdicts

HERE = pathlib.Path(__file__).resolve().parent
TABLES = HERE.parents[2] / "src" / "types" / "phone"
# The order is that of libphonenumber's type test. The place in this list, counted from 1, is what the automaton yields.
KINDS = [
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
]
FIXED, MOBILE, FIXED_OR_MOBILE = 9, 10, 11


def pattern_of(desc):
    return desc.national_number_pattern if desc is not None else None


def long_enough(desc, depth):
    return not desc.possible_length or depth in desc.possible_length


def kind_of(meta, tags, depth):
    """libphonenumber's type test on the tags that matched; 0 is an invalid number."""

    def matches(name):
        desc = getattr(meta, name)
        return (meta.id, name) in tags and long_enough(desc, depth)

    if not matches("general_desc"):
        return 0
    for index, name in enumerate(KINDS, 1):
        if matches(name):
            return index
    if matches("fixed_line"):
        if meta.same_mobile_and_fixed_line_pattern or matches("mobile"):
            return FIXED_OR_MOBILE
        return FIXED
    if not meta.same_mobile_and_fixed_line_pattern and matches("mobile"):
        return MOBILE
    return 0


def classifier(automaton, metas, index):
    """The root for one calling code; an accepting node holds region index * 16 + kind."""
    nfa, starts = Nfa(), []
    names = ["general_desc", "fixed_line", "mobile", *KINDS]
    for meta in metas:
        for name in names:
            if pattern_of(getattr(meta, name)):
                starts.append(nfa.add(pattern_of(getattr(meta, name)), (meta.id, name)))
        if meta.leading_digits and len(metas) > 1:
            starts.append(nfa.add(meta.leading_digits, (meta.id, "leading_digits"), prefix=True))

    def accept(tags, depth):
        for meta in metas:
            kind = kind_of(meta, tags, depth)
            if len(metas) == 1:
                chosen = True
            elif meta.leading_digits:
                chosen = (meta.id, "leading_digits") in tags
            else:
                chosen = kind != 0
            if chosen:
                return index[meta.id] * 16 + kind if kind else 0
        return 0

    return automaton.build(nfa, starts, accept)


def general(automaton, meta):
    """The root that tells whether digits match the region's general pattern, whatever their length."""
    nfa = Nfa()
    start = nfa.add(pattern_of(meta.general_desc), "general")
    return automaton.build(nfa, [start], lambda tags, depth: 1 if tags else 0)


def replacement(meta):
    """A transform rule is some digits and then the last group of the trunk pattern: rules.rs counts on it."""
    rule = meta.national_prefix_transform_rule
    if not rule:
        return "", 0
    lead, _, group = rule.partition("\\")
    parser = Parser(meta.national_prefix_for_parsing)
    parser.parse()
    if int(group) != parser.groups or not (lead.isdigit() or lead == ""):
        raise ValueError(f"the rule {rule!r} of {meta.id} is of a new shape")
    return lead, int(group)


def lengths(desc):
    if set(desc.possible_length) & set(desc.possible_length_local_only):
        raise ValueError("a length is national and local: rules.rs does not expect that")
    return sum(1 << length for length in desc.possible_length)


def words(automaton):
    """Node: value << 4 | edges, then per edge a digit mask and the address of the follower. Address 0 is the dead node."""
    edges = []
    for value, followers in automaton.nodes:
        masks = {}
        for digit in DIGITS:
            if followers[digit]:
                masks[followers[digit]] = masks.get(followers[digit], 0) | 1 << digit
        edges.append(sorted(masks.items(), key=lambda edge: -edge[1].bit_count()))
    address, at = [], 0
    for node in edges:
        address.append(at)
        at += 1 + 2 * len(node)
    if at > 0xFFFF:
        raise ValueError(f"{at} words do not fit 16-bit addresses")
    out = []
    for (value, _), node in zip(automaton.nodes, edges):
        out.append(value << 4 | len(node))
        for follower, digits in node:
            out += [digits, address[follower]]
    return out, address


RUST_HEAD = """\
//! Numbering plans of the world, one row a region and one a calling code.
//!
//! Made by `core/tests/data/phone/generate.py` from libphonenumber's metadata {version}; do not edit. See `NOTICE.md`.

use super::rules::{{Calling, Region}};

/// The version of libphonenumber's metadata that these tables were made from.
pub(super) const METADATA_VERSION: &str = "{version}";

/// Automata that classify national numbers: see `rules::walk`.
pub(super) static AUTOMATON: &[u8] = include_bytes!("automaton.bin");

/// Programs that match trunk and international prefixes: see `rules::Prefix`.
pub(super) static PROGRAMS: &[u8] = include_bytes!("programs.bin");

const fn region(
    code: &[u8; 2],
    calling: u16,
    general: u16,
    possible: u32,
    trunk: Option<u16>,
    international: u16,
    rule: (&'static [u8], u8),
) -> Region {{
    let (lead, keep) = rule;
    Region {{
        code: *code,
        calling,
        general,
        possible,
        trunk,
        international,
        lead,
        keep,
    }}
}}

"""


def main():
    sys.setrecursionlimit(10_000)
    pn.PhoneMetadata.load_all()
    regions = sorted(pn.SUPPORTED_REGIONS)
    index = {code: at for at, code in enumerate(regions)}
    index["001"] = 255
    meta_of = {code: pn.PhoneMetadata.metadata_for_region(code) for code in regions}
    automaton, programs = Automaton(), Programs()

    plans = []
    for calling in sorted(pn.COUNTRY_CODE_TO_REGION_CODE):
        codes = pn.region_codes_for_country_code(calling)
        if codes == ("001",):
            metas = [pn.PhoneMetadata.metadata_for_nongeo_region(calling)]
            if metas[0].national_prefix_for_parsing:
                raise ValueError(f"+{calling} has a trunk prefix: rules.rs does not expect that")
        else:
            metas = [meta_of[code] for code in codes]
        plans.append((calling, classifier(automaton, metas, index), index[codes[0]]))
    generals = {code: general(automaton, meta_of[code]) for code in regions}
    body, address = words(automaton)

    rust = [RUST_HEAD.format(version=pn.__version__)]
    rust.append("#[rustfmt::skip]\n")
    rust.append(f"pub(super) static REGIONS: [Region; {len(regions)}] = [\n")
    for code in regions:
        meta = meta_of[code]
        desc = meta.general_desc
        trunk = f"Some({programs.add(meta.national_prefix_for_parsing)})" if meta.national_prefix_for_parsing else "None"
        lead, keep = replacement(meta)
        rust.append(
            f'    region(b"{code}", {meta.country_code}, {address[generals[code]]}, '
            f"{lengths(desc):#x}, "
            f'{trunk}, {programs.add(meta.international_prefix)}, (b"{lead}", {keep})),\n'
        )
    rust.append("];\n\n")
    rust.append("/// Sorted by code; the last column is the row of the main region, 255 for codes of no country.\n")
    rust.append("#[rustfmt::skip]\n")
    rust.append(f"pub(super) static CALLING: [Calling; {len(plans)}] = [\n")
    cells = [f"Calling({calling}, {address[root]}, {main})," for calling, root, main in plans]
    rust += ["    " + " ".join(cells[at : at + 4]) + "\n" for at in range(0, len(cells), 4)]
    rust.append("];\n")

    files = {
        TABLES / "plan.rs": "".join(rust).encode(),
        TABLES / "automaton.bin": struct.pack(f"<{len(body)}H", *body),
        TABLES / "programs.bin": struct.pack(f"<{len(programs.words)}H", *programs.words),
        HERE / "examples.tsv": table("listed under, region, kind, E.164, national, international", examples(regions)),
        HERE / "verdicts.tsv": table("default country, input, E.164 or - if refused", verdicts(regions)),
    }
    stale = [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path} is not what the metadata gives", file=sys.stderr)
        return 1 if stale else 0
    for path, content in files.items():
        path.write_bytes(content)
        print(f"{path.name}: {len(content)} bytes")
    return 0


def table(columns, lines):
    head = f"# libphonenumber metadata {pn.__version__}; made by generate.py: {columns}\n"
    return (head + "".join("\t".join(line) + "\n" for line in lines)).encode()


if __name__ == "__main__":
    sys.exit(main())
