//! Random conditions from a fixed seed: mostly of fitting types, sometimes not.

const COUNT: usize = 2400;
const RESULTS: &[&str] = &[
    "0.97",
    "float NaN",
    "float +Inf",
    "0",
    "-3",
    "1e300",
    "true",
    "false",
    "null",
    "\"abc\"",
    "\"42\"",
    "\"\"",
    "floats",
    "floats 1",
    "floats 0.5 0.25 NaN",
    "floats 1 2 3",
    "floats 5 4 3 2 1",
    "[]",
    "[1,2,3]",
    "[1,\"a\",null]",
    "[[1,2],[3]]",
    "[{\"v\":1,\"s\":\"ok\"},{\"v\":2,\"s\":\"bad\"},{\"v\":3}]",
    "{}",
    "{\"a\":1,\"s\":\"text\",\"l\":[3,1,2],\"m\":{\"x\":5},\"n\":null,\"b\":true}",
    "{\"data\":{\"ok\":true,\"count\":12,\"items\":[1,2,3]}}",
];

pub(crate) fn cases() -> Vec<(String, String)> {
    let mut random = Random(0x5EED);
    (0..COUNT)
        .map(|_| {
            let result = *random.pick(RESULTS);
            let mut writer = Writer { random: &mut random, inside: 0 };
            let depth = 1 + writer.random.below(4);
            let kind = if writer.random.one_in(3) { writer.any_kind() } else { 'b' };
            (writer.expression(kind, depth), result.to_owned())
        })
        .collect()
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len());
        from.get(at).unwrap()
    }
}

/// Writes an expression of a wanted kind: b(ool), n(umber), s(tring), l(ist), m(ap).
struct Writer<'r> {
    random: &'r mut Random,
    /// How many predicates surround this place.
    inside: usize,
}

const BOOLS: &[&str] = &[
    "(b && b)",
    "(b || b)",
    "b and b",
    "not b",
    "!(b)",
    "n < n",
    "n >= n",
    "n == n",
    "n != n",
    "n < n <= n",
    "s == s",
    "s < s",
    "n in l",
    "s in m",
    "s not in l",
    "s contains s",
    "s startsWith s",
    "s not endsWith s",
    "s matches \"^a.\\\\d*$\"",
    "s matches s",
    "all(l, b)",
    "any(l, b)",
    "none(l, b)",
    "one(l, b)",
    "isNaN(n)",
    "isInf(n)",
    "isNil(x)",
    "l == l",
    "m == m",
    "x == nil",
    "nil != x",
    "b ? b : b",
    "(b ?: b)",
    "x ?? b",
    "hasPrefix(s, s)",
    "hasSuffix(s, s)",
    "let v = n; v > n",
    "if b { b } else { b }",
    "n in 1..4",
    "s in [\"abc\", \"ok\"]",
    "count(l, b) > 0",
    "count(l, b) >= 2",
    "all(l, b) && all(l, b)",
    "x == x",
    "(b; b)",
];
const NUMBERS: &[&str] = &[
    "(n + n)",
    "n - n",
    "n * n",
    "n / n",
    "n % n",
    "-n",
    "+n",
    "n ** 2",
    "2 ^ n",
    "len(x)",
    "len(l)",
    "abs(n)",
    "ceil(n)",
    "floor(n)",
    "round(n)",
    "int(n)",
    "float(n)",
    "asInt(n)",
    "asFloat(n)",
    "asInt(s)",
    "asFloat(s)",
    "int(s)",
    "sum(l)",
    "sum(l, n)",
    "mean(l)",
    "median(l)",
    "min(l)",
    "max(n, l)",
    "max(l)",
    "count(l, b)",
    "find(l, b)",
    "findIndex(l, b)",
    "findLast(l, b)",
    "findLastIndex(l, b)",
    "first(l)",
    "last(l)",
    "l[n]",
    "l[0]",
    "l[-1]",
    "reduce(l, #acc + n, 0)",
    "reduce(l, n)",
    "indexOf(s, s)",
    "lastIndexOf(s, s)",
    "(b ? n : n)",
    "x ?? n",
    "default(x, n)",
    "get(l, n)",
    "filter(l, b)[0]",
    "len(filter(l, b))",
    "sum(map(l, n))",
    "sum([n, n, n])",
    "n | abs()",
    "l | sum()",
    "l | count(b)",
];
const TEXTS: &[&str] = &[
    "s + s",
    "upper(s)",
    "lower(s)",
    "trim(s)",
    "trim(s, s)",
    "trimPrefix(s, s)",
    "trimSuffix(s, s)",
    "string(x)",
    "type(x)",
    "replace(s, s, s)",
    "repeat(s, 3)",
    "join(split(s, s), s)",
    "s[1:2]",
    "s[:n]",
    "s[n:]",
    "(b ? s : s)",
    "toJSON(x)",
    "join(l, s)",
    "s | upper()",
    "split(s, s)[0]",
    "x ?? s",
    "first(split(s, s))",
];
const LISTS: &[&str] = &[
    "[n, n]",
    "[n, s, b]",
    "[]",
    "[x]",
    "n..n",
    "1..3",
    "map(l, x)",
    "map(l, n)",
    "filter(l, b)",
    "sort(l)",
    "sort(l, \"desc\")",
    "sortBy(l, n)",
    "sortBy(l, n, \"desc\")",
    "reverse(l)",
    "uniq(l)",
    "concat(l, l)",
    "flatten(l)",
    "take(l, n)",
    "l[1:]",
    "l[:n]",
    "l[n:n]",
    "split(s, s)",
    "splitAfter(s, s)",
    "sort(keys(m))",
    "map(l, #index)",
    "result.l",
    "result?.data?.items",
    "map(filter(l, b), n)",
    "take(l, 2)",
    "[l, l]",
];
const MAPS: &[&str] = &[
    "{a: n, \"b\": s}",
    "{}",
    "{\"x\": x}",
    "result.m",
    "result?.data",
    "{(s): n}",
    "fromJSON(toJSON(m))",
    "(b ? m : m)",
];
const LEAVES: &[(char, &[&str])] = &[
    ('b', &["true", "false", "result", "result.b", "result.data.ok", "result.data?.ok"]),
    (
        'n',
        &[
            "0",
            "1",
            "2.5",
            "-1",
            "3",
            "0x10",
            "1e3",
            "result",
            "result",
            "result[0]",
            "result[1]",
            "result.a",
            "result.m.x",
            "result.data.count",
            "result[0].v",
        ],
    ),
    (
        's',
        &["\"a\"", "'ok'", "\"\"", "`b`", "\"a,b\"", "\",\"", "result", "result.s", "result[0].s", "\"12\"", "\"z\""],
    ),
    (
        'l',
        &[
            "result",
            "result",
            "result",
            "result.l",
            "result.data.items",
            "[1, 2, 3]",
            "[0.5, 2]",
            "[\"a\", \"b\"]",
            "[3, 1, 2]",
            "[]",
        ],
    ),
    ('m', &["result", "result.m", "{a: 1}", "{}"]),
];
const INNER: &[&str] = &["#", "#", "#", ".v", "#.v", ".s", "#index", "#acc", "#[0]"];

impl Writer<'_> {
    fn any_kind(&mut self) -> char {
        *self.random.pick(&['b', 'n', 'n', 's', 'l', 'm'])
    }

    fn expression(&mut self, kind: char, depth: usize) -> String {
        let kind = if kind == 'x' || self.random.one_in(25) { self.any_kind() } else { kind };
        if self.inside > 0 && self.random.one_in(3) {
            return (*self.random.pick(INNER)).to_owned();
        }
        if depth == 0 || self.random.one_in(6) {
            let (_, leaves) = LEAVES.iter().find(|(of, _)| *of == kind).unwrap();
            return (*self.random.pick(leaves)).to_owned();
        }
        let forms = match kind {
            'b' => BOOLS,
            'n' => NUMBERS,
            's' => TEXTS,
            'l' => LISTS,
            _ => MAPS,
        };
        let form = *self.random.pick(forms);
        self.fill(form, depth - 1)
    }

    /// Replaces each single letter that names a kind by an expression of it.
    fn fill(&mut self, form: &str, depth: usize) -> String {
        const PREDICATES: &[&str] =
            &["all(", "any(", "none(", "one(", "count(", "find", "filter(", "map(", "sum(", "sortBy(", "reduce("];
        let mut out = String::new();
        let chars: Vec<char> = form.chars().collect();
        let mut quoted = false;
        for (at, char) in chars.iter().enumerate() {
            quoted ^= *char == '"';
            let word = |place: Option<usize>| {
                place.and_then(|at| chars.get(at)).is_some_and(|it| it.is_alphanumeric() || "#.'".contains(*it))
            };
            let stands_alone =
                !word(at.checked_sub(1)) && !word(Some(at + 1).filter(|next| chars.get(*next) != Some(&'.')));
            if quoted
                || !stands_alone
                || !"bnslmx".contains(*char)
                || chars.get(at + 1) == Some(&':') && form.starts_with('{')
            {
                out.push(*char);
                continue;
            }
            // What follows the first comma of a predicate builtin is inside it.
            let inner = PREDICATES.iter().any(|name| form.contains(name)) && out.contains(", ");
            self.inside += usize::from(inner);
            out += &self.expression(*char, depth);
            self.inside -= usize::from(inner);
        }
        out
    }
}
