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

HERE = pathlib.Path(__file__).resolve().parent
TABLES = HERE.parents[2] / "src" / "types" / "phone"
MAX_NSN = 17  # the longest national number libphonenumber considers
KINDS = [  # the order is that of libphonenumber's type test; the index is what the automaton yields
    ("premium_rate", "Premium"),
    ("toll_free", "TollFree"),
    ("shared_cost", "SharedCost"),
    ("voip", "Voip"),
    ("personal_number", "Personal"),
    ("pager", "Pager"),
    ("uan", "Uan"),
    ("voicemail", "Voicemail"),
]
FIXED, MOBILE, FIXED_OR_MOBILE = 9, 10, 11
DIGITS = range(10)


# --- patterns: the small part of regular expressions that the metadata uses -------------------------------------------


class Parser:
    """Digits, \\d, [..], (..), (?:..), |, ?, {n}, {n,m} and $. Anything else stops the run."""

    def __init__(self, text):
        self.text, self.at, self.groups = text, 0, 0

    def parse(self):
        node = self.alternatives()
        if self.at != len(self.text):
            raise ValueError(f"cannot read {self.text!r} at {self.at}")
        return node

    def peek(self):
        return self.text[self.at : self.at + 1]

    def take(self):
        self.at += 1
        return self.text[self.at - 1]

    def alternatives(self):
        branches = [self.sequence()]
        while self.peek() == "|":
            self.take()
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else ("alt", branches)

    def sequence(self):
        items = []
        while self.peek() not in ("", "|", ")"):
            items.append(self.counted(self.atom()))
        return ("seq", items)

    def counted(self, node):
        if self.peek() == "?":
            self.take()
            return ("rep", node, 0, 1)
        if self.peek() == "{":
            end = self.text.index("}", self.at)
            low, _, high = self.text[self.at + 1 : end].partition(",")
            self.at = end + 1
            return ("rep", node, int(low), int(high or low))
        return node

    def atom(self):
        char = self.take()
        if char.isdigit():
            return ("class", 1 << int(char))
        if char == "\\":
            if self.take() != "d":
                raise ValueError(f"unknown escape in {self.text!r}")
            return ("class", 0x3FF)
        if char == "[":
            return ("class", self.members())
        if char == "$":
            return ("end",)
        if char == "(":
            capture = True
            if self.peek() == "?":
                if self.text[self.at : self.at + 2] != "?:":
                    raise ValueError(f"unknown group in {self.text!r}")
                self.at += 2
                capture = False
            if capture:
                self.groups += 1
            index = self.groups
            node = self.alternatives()
            if self.take() != ")":
                raise ValueError(f"open group in {self.text!r}")
            return ("group", index, node) if capture else node
        raise ValueError(f"unknown sign {char!r} in {self.text!r}")

    def members(self):
        mask = 0
        while self.peek() != "]":
            first = self.take()
            if first == "\\":
                if self.take() != "d":
                    raise ValueError(f"unknown escape in {self.text!r}")
                mask |= 0x3FF
                continue
            last = first
            if self.peek() == "-":
                self.take()
                last = self.take()
            for digit in range(int(first), int(last) + 1):
                mask |= 1 << digit
        self.take()
        return mask


# --- automata: one walk over the digits answers "whose number is this, and of which kind" -----------------------------


class Nfa:
    """A bag of states shared by all patterns of one calling code; a pattern ends in a tag."""

    def __init__(self):
        self.step, self.free, self.tags = [], [], {}

    def state(self):
        self.step.append([])
        self.free.append([])
        return len(self.step) - 1

    def add(self, pattern, tag, prefix=False):
        start, end = self.state(), self.state()
        self.wire(Parser(pattern).parse(), start, end)
        self.tags[end] = tag
        if prefix:  # what follows a leading-digits pattern does not matter
            self.step[end].append((0x3FF, end))
        return start

    def wire(self, node, start, end):
        what = node[0]
        if what == "class":
            self.step[start].append((node[1], end))
        elif what == "seq":
            for item in node[1]:
                middle = self.state()
                self.wire(item, start, middle)
                start = middle
            self.free[start].append(end)
        elif what == "alt":
            for branch in node[1]:
                self.wire(branch, start, end)
        elif what == "rep":
            for _ in range(node[2]):
                middle = self.state()
                self.wire(node[1], start, middle)
                start = middle
            for _ in range(node[3] - node[2]):
                self.free[start].append(end)
                middle = self.state()
                self.wire(node[1], start, middle)
                start = middle
            self.free[start].append(end)
        elif what == "group":
            self.wire(node[2], start, end)
        else:
            raise ValueError(f"{what} in a number pattern")

    def closure(self, states):
        seen = set(states)
        todo = list(seen)
        while todo:
            for follower in self.free[todo.pop()]:
                if follower not in seen:
                    seen.add(follower)
                    todo.append(follower)
        # States that neither step nor carry a tag only cost memory here.
        return frozenset(s for s in seen if self.step[s] or s in self.tags)

    def after(self, states, digit):
        return self.closure(t for s in states for mask, t in self.step[s] if mask >> digit & 1)


class Automaton:
    """Minimal and acyclic: equal nodes are stored once, whichever country they came from. Node 0 accepts nothing."""

    def __init__(self):
        self.ids, self.nodes = {}, []
        self.intern((0, (0,) * 10))

    def intern(self, node):
        if node not in self.ids:
            self.ids[node] = len(self.nodes)
            self.nodes.append(node)
        return self.ids[node]

    def build(self, nfa, starts, accept):
        known = {}

        def visit(states, depth):
            if not states:
                return 0
            key = (states, depth)
            if key not in known:
                followers = (0,) * 10
                if depth < MAX_NSN:
                    followers = tuple(visit(nfa.after(states, d), depth + 1) for d in DIGITS)
                tags = {nfa.tags[s] for s in states if s in nfa.tags}
                node = (accept(tags, depth), followers)
                known[key] = 0 if node == self.nodes[0] else self.intern(node)
            return known[key]

        return visit(nfa.closure(starts), 0)


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
    for index, (name, _) in enumerate(KINDS, 1):
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
    names = ["general_desc", "fixed_line", "mobile"] + [name for name, _ in KINDS]
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


# --- prefix programs: trunk and international prefixes, matched from the start as a backtracking matcher does ---------

JUMP, SPLIT, SAVE, END, MATCH = 0x4000, 0x8000, 0xC000, 0xE000, 0xF000


def compile_prefix(pattern, base):
    """The program for a pattern that will stand at address `base`. Words: a digit mask, `jump`, `split` (first what follows, then the target), `save`, `end of input`, `match`."""
    code = []

    def emit(node):
        what = node[0]
        if what == "class":
            code.append(node[1])
        elif what == "seq":
            for item in node[1]:
                emit(item)
        elif what == "alt":
            exits = []
            for branch in node[1][:-1]:
                split = len(code)
                code.append(None)
                emit(branch)
                exits.append(len(code))
                code.append(None)
                code[split] = SPLIT | base + len(code)
            emit(node[1][-1])
            for at in exits:
                code[at] = JUMP | base + len(code)
        elif what == "rep":
            for _ in range(node[2]):
                emit(node[1])
            splits = []
            for _ in range(node[3] - node[2]):
                splits.append(len(code))
                code.append(None)
                emit(node[1])
            for at in splits:
                code[at] = SPLIT | base + len(code)
        elif what == "group":
            code.append(SAVE | (node[1] * 2 - 2))
            emit(node[2])
            code.append(SAVE | (node[1] * 2 - 1))
        elif what == "end":
            code.append(END)

    parser = Parser(pattern)
    emit(parser.parse())
    code.append(MATCH)
    if parser.groups > 2:
        raise ValueError(f"more than two groups in {pattern!r}")
    return code


class Programs:
    def __init__(self):
        self.words, self.known = [], {}

    def add(self, pattern):
        if pattern not in self.known:
            self.known[pattern] = len(self.words)
            self.words += compile_prefix(pattern, len(self.words))
        return self.known[pattern]


# --- output ------------------------------------------------------------------------------------------------------------


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


def mask(lengths):
    return sum(1 << n for n in lengths if n >= 0)


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
    lengths: (u32, u32),
    trunk: Option<u16>,
    international: u16,
    rule: (&'static [u8], u8),
) -> Region {{
    let (possible, local) = lengths;
    let (lead, keep) = rule;
    Region {{
        code: *code,
        calling,
        general,
        possible,
        local,
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
            f"({mask(desc.possible_length):#x}, {mask(desc.possible_length_local_only):#x}), "
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
        HERE / "examples.tsv": examples(regions, index).encode(),
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


def examples(regions, index):
    """One line a region and type: region, kind, E.164, national spelling, international spelling."""
    names = {getattr(pn.PhoneNumberType, name.upper()): rust for name, rust in KINDS}
    names |= {pn.PhoneNumberType.FIXED_LINE: "Fixed", pn.PhoneNumberType.MOBILE: "Mobile"}
    names |= {pn.PhoneNumberType.FIXED_LINE_OR_MOBILE: "FixedOrMobile"}
    form = pn.PhoneNumberFormat
    lines = [f"# libphonenumber metadata {pn.__version__}; made by generate.py: region, kind, E.164, national, international"]
    for code in regions:
        seen = set()
        for kind in sorted(pn.PhoneNumberType.values()):
            number = pn.example_number_for_type(code, kind)
            if number is None or pn.format_number(number, form.E164) in seen:
                continue
            if not pn.is_valid_number(number):
                raise ValueError(f"the example of {code} is not valid")
            seen.add(pn.format_number(number, form.E164))
            spelt = [pn.format_number(number, f) for f in (form.E164, form.NATIONAL, form.INTERNATIONAL)]
            # The region and kind are those of the number, not those it was listed under: plans overlap.
            lines.append("\t".join([pn.region_code_for_number(number), names[pn.number_type(number)], *spelt]))
    for calling in sorted(pn.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        number = pn.example_number_for_non_geo_entity(calling)
        spelt = [pn.format_number(number, f) for f in (form.E164, form.NATIONAL, form.INTERNATIONAL)]
        lines.append("\t".join(["001", "NonGeographic", *spelt]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
