//! Reads a path.

use serde_json::Value;

use super::{Node, Operator, Part, Slice};

/// The most bytes of a path.
const LENGTH: usize = 10_000;

/// How deeply filters may stand in each other.
const DEPTH: usize = 20;

/// Reads text with actions in braces.
pub(super) fn template(text: &str) -> Result<Vec<Part>, String> {
    if text.len() > LENGTH {
        return Err(format!("is longer than {LENGTH} bytes"));
    }
    let mut reader = Reader { rest: text };
    let mut parts = Vec::new();
    // The ranges that are open: what each goes over, and the parts before it.
    let mut open: Vec<(Vec<Node>, Vec<Part>)> = Vec::new();
    while !reader.rest.is_empty() {
        match reader.part()? {
            Read::Part(part) => parts.push(part),
            Read::Range(over) => open.push((over, std::mem::take(&mut parts))),
            Read::End => {
                let (over, before) = open.pop().ok_or("{end} has no {range} before it")?;
                let body = std::mem::replace(&mut parts, before);
                parts.push(Part::Range { over, body });
            }
        }
        if open.len() > DEPTH {
            return Err(format!("{{range}} stands in {{range}} more than {DEPTH} deep"));
        }
    }
    if open.is_empty() { Ok(parts) } else { Err("{range} has no {end} after it".to_owned()) }
}

/// What stands at the beginning of the rest.
enum Read {
    Part(Part),
    Range(Vec<Node>),
    End,
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn part(&mut self) -> Result<Read, String> {
        let Some(action) = self.rest.strip_prefix('{') else {
            let end = self.rest.find('{').unwrap_or(self.rest.len());
            return Ok(Read::Part(Part::Text(self.take(end).into())));
        };
        self.rest = action.trim_start_matches(' ');
        let word =
            |word: &str| self.rest.strip_prefix(word).filter(|rest| rest.starts_with([' ', '.', '[', '$', '@', '}']));
        if let Some(rest) = word("range") {
            self.rest = rest;
            return Ok(Read::Range(self.action(0)?));
        }
        if let Some(rest) = word("end").and_then(|rest| rest.trim_start_matches(' ').strip_prefix('}')) {
            self.rest = rest;
            return Ok(Read::End);
        }
        Ok(Read::Part(Part::Action(self.action(0)?)))
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Steps up to the closing brace.
    fn action(&mut self, depth: usize) -> Result<Vec<Node>, String> {
        if depth > DEPTH {
            return Err(format!("filters stand in each other more than {DEPTH} deep"));
        }
        let mut nodes = Vec::new();
        loop {
            let next = self.rest.chars().next().ok_or("a brace is not closed")?;
            if self.rest.starts_with("[?(") {
                nodes.push(self.filter(depth)?);
            } else if let Some(rest) = self.rest.strip_prefix("..") {
                self.rest = rest;
                self.recursive(&mut nodes)?;
            } else {
                match next {
                    '}' => {
                        self.take(1);
                        return Ok(nodes);
                    }
                    ' ' | '@' | '$' => drop(self.take(1)),
                    '[' => nodes.extend(self.brackets(depth)?),
                    '\'' | '"' => nodes.push(self.quoted(next)?),
                    '.' => {
                        self.take(1);
                        nodes.push(self.field());
                    }
                    '+' | '-' | '0'..='9' => nodes.push(self.number()?),
                    _ if next.is_alphanumeric() || next == '_' => nodes.push(self.word()?),
                    _ => return Err(format!("did not expect {next:?}")),
                }
            }
        }
    }

    fn recursive(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        if matches!(nodes.last(), Some(Node::Recursive)) {
            return Err("\"..\" follows \"..\"".to_owned());
        }
        nodes.push(Node::Recursive);
        if self.rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            nodes.push(self.field());
        }
        Ok(())
    }

    /// A name up to what ends one; a backslash takes that from it.
    fn field(&mut self) -> Node {
        let mut escaped = false;
        let end = self.rest.find(|c| {
            let ends = !escaped && ends_a_name(c);
            escaped = !escaped && c == '\\';
            ends
        });
        match self.take(end.unwrap_or(self.rest.len())) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn word(&mut self) -> Result<Node, String> {
        let end = self.rest.find(ends_a_name).unwrap_or(self.rest.len());
        match self.take(end) {
            "true" => Ok(Node::Literal(true.into())),
            "false" => Ok(Node::Literal(false.into())),
            other => Err(format!("did not expect the word {other}; a field is written .{other}")),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        let sign = usize::from(self.rest.starts_with(['+', '-']));
        let digits = self.rest.get(sign..).unwrap_or_default();
        let end = digits.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(digits.len());
        let text = self.take(sign + end);
        let number = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<f64>().map(Value::from));
        number.map(Node::Literal).map_err(|_| format!("{text:?} is no number"))
    }

    fn quoted(&mut self, quote: char) -> Result<Node, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                _ if c == quote => {
                    self.take(at + 1);
                    return Ok(Node::Literal(text.into()));
                }
                '\\' => {
                    let (_, escaped) = chars.next().ok_or("a quote is not closed")?;
                    text.push(unescaped(escaped)?);
                }
                _ => text.push(c),
            }
        }
        Err("a quote is not closed".to_owned())
    }

    /// What stands in square brackets: an index, a slice, a key, or several of them.
    fn brackets(&mut self, depth: usize) -> Result<Vec<Node>, String> {
        let end = self.rest.find(']').ok_or("a bracket is not closed")?;
        let text = self.take(end + 1).get(1..end).unwrap_or_default();
        let several: Vec<&str> = text.split(',').collect();
        if let [one] = several.as_slice() {
            return index(one, depth);
        }
        let lists = several.iter().map(|one| index(one.trim_matches(' '), depth));
        Ok(vec![Node::Union(lists.collect::<Result<_, _>>()?)])
    }

    fn filter(&mut self, depth: usize) -> Result<Node, String> {
        self.take("[?(".len());
        let end = end_of_filter(self.rest).ok_or("a filter is not closed by )]")?;
        let text = self.take(end);
        self.take(1);
        if self.take(usize::from(!self.rest.is_empty())) != "]" {
            return Err("a filter is not closed by )]".to_owned());
        }
        let is_sign = |c| matches!(c, '!' | '<' | '>' | '=');
        let Some(start) = text.find(is_sign).filter(|start| *start > 0) else {
            return Ok(Node::Filter { left: nodes(text, depth)?, test: None });
        };
        let (left, rest) = text.split_at(start);
        let (sign, right) = rest.split_at(rest.find(|c| !is_sign(c)).unwrap_or(rest.len()));
        if right.trim().is_empty() {
            return Err(format!("nothing stands after {sign}"));
        }
        let operator = operator(sign).ok_or_else(|| format!("there is no comparison {sign}"))?;
        Ok(Node::Filter { left: nodes(left, depth)?, test: Some((operator, nodes(right, depth)?)) })
    }
}

/// Steps that stand in an action of their own.
fn nodes(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    let closed = format!("{text}}}");
    let mut reader = Reader { rest: &closed };
    let nodes = reader.action(depth + 1)?;
    if reader.rest.is_empty() { Ok(nodes) } else { Err(format!("did not expect a brace in {text:?}")) }
}

/// Where the parenthesis is that closes a filter. One in the first quoted text does not count.
fn end_of_filter(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut closed = false;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (_, Some(open)) if c == open && before != '\\' => closed = true,
            (')', _) if quote.is_some() == closed => return Some(at),
            ('\n', _) => return None,
            _ => {}
        }
        before = c;
    }
    None
}

fn operator(sign: &str) -> Option<Operator> {
    Some(match sign {
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">=" => Operator::GreaterOrEqual,
        ">" => Operator::Greater,
        _ => return None,
    })
}

fn index(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    let key = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).filter(|key| !key.contains('\''));
    match key {
        Some(key) => nodes(&format!(".{key}"), depth),
        None => slice(if text == "*" { ":" } else { text }).map(|slice| vec![Node::Slice(slice)]),
    }
}

fn slice(text: &str) -> Result<Slice, String> {
    let bounds: Vec<&str> = text.split(':').collect();
    let bound = |at: usize| match bounds.get(at).copied().unwrap_or_default() {
        "" => Ok(None),
        digits if digits.starts_with('+') => Err(format!("{text:?} is no index")),
        digits => digits.parse::<i64>().map(Some).map_err(|_| format!("{text:?} is no index")),
    };
    let (from, to, step) = (bound(0)?, bound(1)?, bound(2)?.unwrap_or(1));
    let step = usize::try_from(step).ok().filter(|step| *step > 0 && bounds.len() <= 3);
    let step = step.ok_or_else(|| format!("{text:?} is no slice: it is from:to:step, and the step is above 0"))?;
    Ok(Slice { from, to, step, single: bounds.len() == 1 })
}

fn unescaped(c: char) -> Result<char, String> {
    match c {
        '\\' | '\'' | '"' => Ok(c),
        'n' => Ok('\n'),
        't' => Ok('\t'),
        'r' => Ok('\r'),
        other => Err(format!("there is no escape \\{other}")),
    }
}

fn ends_a_name(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}
