"""The small part of regular expressions that libphonenumber's metadata uses, and what it is compiled to."""

MAX_NSN = 17  # the longest national number libphonenumber considers
DIGITS = range(10)


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
