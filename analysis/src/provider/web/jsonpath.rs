//! The JSON paths of Kubernetes: `{$.data.ok}`, `{.items[?(@.name == "web")].value}`, `{..errors}`.
//!
//! The dialect is that of client-go. `tests/jsonpath_cases.tsv` holds what that says of the same paths.

use serde_json::Value;

mod parse;

/// A path that can be followed.
#[derive(Debug, Clone)]
pub struct JsonPath(Vec<Part>);

/// A part of what stands outside of braces, or in one pair of them.
#[derive(Debug, Clone)]
enum Part {
    Text(Value),
    Action(Vec<Node>),
    Range { over: Vec<Node>, body: Vec<Part> },
}

/// One step of a path.
#[derive(Debug, Clone)]
enum Node {
    Literal(Value),
    Field(String),
    Wildcard,
    Recursive,
    Slice(Slice),
    Union(Vec<Vec<Node>>),
    Filter { left: Vec<Node>, test: Option<(Operator, Vec<Node>)> },
}

/// Items of a list. A bound that is not there is the list's own.
#[derive(Debug, Clone)]
struct Slice {
    from: Option<i64>,
    to: Option<i64>,
    step: usize,
    /// Whether one index was written.
    single: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Equal,
    NotEqual,
    GreaterOrEqual,
    Greater,
}

/// The most values that one path may touch.
const STEPS: usize = 1_000_000;

impl JsonPath {
    /// Reads a path, or says in one sentence what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        parse::template(text).map(Self)
    }

    /// The first value at the path; `None` where it leads to none. A field that is not there is an error.
    pub fn first<'a>(&'a self, data: &'a Value) -> Result<Option<&'a Value>, String> {
        let mut walk = Walk { room: STEPS };
        Ok(walk.parts(&self.0, data)?.first().copied())
    }
}

/// A path being followed.
struct Walk {
    /// How many values may still be touched.
    room: usize,
}

type Found<'a> = Result<Vec<&'a Value>, String>;

impl Walk {
    fn parts<'a>(&mut self, parts: &'a [Part], data: &'a Value) -> Found<'a> {
        let mut found = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) => found.push(text),
                Part::Action(nodes) => found.extend(self.nodes(nodes, vec![data])?),
                Part::Range { over, body } => {
                    for item in self.nodes(over, vec![data])? {
                        found.extend(self.parts(body, item)?);
                    }
                }
            }
        }
        Ok(found)
    }

    fn nodes<'a>(&mut self, nodes: &'a [Node], input: Vec<&'a Value>) -> Found<'a> {
        nodes.iter().try_fold(input, |input, node| {
            self.spend(input.len())?;
            self.node(node, input)
        })
    }

    fn spend(&mut self, values: usize) -> Result<(), String> {
        self.room = self.room.checked_sub(values).ok_or("the path leads to too many values")?;
        Ok(())
    }

    fn node<'a>(&mut self, node: &'a Node, input: Vec<&'a Value>) -> Found<'a> {
        match node {
            Node::Literal(text @ Value::String(_)) => Ok(vec![text]),
            Node::Literal(other) => Ok(vec![other; input.len()]),
            Node::Field(name) => field(name, &input),
            Node::Wildcard => Ok(input.into_iter().flat_map(children).collect()),
            Node::Recursive => self.recursive(input),
            Node::Slice(slice) => slice.of(&input),
            Node::Union(lists) => lists.iter().try_fold(Vec::new(), |mut all, nodes| {
                all.extend(self.nodes(nodes, input.clone())?);
                Ok(all)
            }),
            Node::Filter { left, test } => self.filter(left, test.as_ref(), &input),
        }
    }

    /// Every list, map and text in the input that holds something, outermost first.
    fn recursive<'a>(&mut self, input: Vec<&'a Value>) -> Found<'a> {
        let mut found = Vec::new();
        let mut open: Vec<&Value> = input.into_iter().rev().collect();
        while let Some(value) = open.pop() {
            let within = children(value);
            self.spend(within.len() + 1)?;
            if !within.is_empty() || value.as_str().is_some_and(|text| !text.is_empty()) {
                found.push(value);
                open.extend(within.into_iter().rev());
            }
        }
        Ok(found)
    }

    fn filter<'a>(
        &mut self,
        left: &'a [Node],
        test: Option<&'a (Operator, Vec<Node>)>,
        input: &[&'a Value],
    ) -> Found<'a> {
        let mut found = Vec::new();
        for value in input {
            let Value::Array(items) = value else {
                return Err(format!("{} is no list and cannot be filtered", kind(value)));
            };
            for item in items {
                let passes = match test {
                    None => self.nodes(left, vec![item]).is_ok_and(|found| !found.is_empty()),
                    Some((operator, right)) => {
                        let (left, right) = (self.nodes(left, vec![item])?, self.nodes(right, vec![item])?);
                        compare_one(*operator, &left, &right)?
                    }
                };
                found.extend(passes.then_some(item));
            }
        }
        Ok(found)
    }
}

fn field<'a>(name: &str, input: &[&'a Value]) -> Found<'a> {
    let found: Vec<&Value> = input.iter().filter_map(|value| value.as_object()?.get(name)).collect();
    if found.is_empty() && !input.is_empty() { Err(format!("{name} is not found")) } else { Ok(found) }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

fn compare_one(operator: Operator, left: &[&Value], right: &[&Value]) -> Result<bool, String> {
    match (left, right) {
        ([left], [right]) => operator.holds(left, right),
        ([] | [_], [] | [_]) => Ok(false),
        _ => Err("only one value can be compared at a time".to_owned()),
    }
}

impl Operator {
    fn holds(self, left: &Value, right: &Value) -> Result<bool, String> {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = match (left, right) {
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            (Value::Number(left), Value::Number(right)) => {
                left.as_f64().and_then(|left| left.partial_cmp(&right.as_f64()?))
            }
            (Value::Bool(left), Value::Bool(right)) if matches!(self, Self::Equal | Self::NotEqual) => {
                Some(left.cmp(right))
            }
            _ => return Err(format!("{} cannot be compared with {}", kind(left), kind(right))),
        };
        Ok(match self {
            Self::Less => order == Some(Less),
            Self::LessOrEqual => matches!(order, Some(Less | Equal)),
            Self::Equal => order == Some(Equal),
            Self::NotEqual => order != Some(Equal),
            Self::GreaterOrEqual => matches!(order, Some(Greater | Equal)),
            Self::Greater => order == Some(Greater),
        })
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

impl Slice {
    fn of<'a>(&self, input: &[&'a Value]) -> Found<'a> {
        let mut found = Vec::new();
        for value in input {
            match value {
                Value::Null => {}
                Value::Array(items) => found.extend(self.of_list(items)?),
                other => return Err(format!("{} is no list and has no index", kind(other))),
            }
        }
        Ok(found)
    }

    fn of_list<'a>(&self, items: &'a [Value]) -> Result<impl Iterator<Item = &'a Value>, String> {
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let from_end = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
        let from = self.from.map_or(0, from_end);
        let to = if self.single { from.saturating_add(1) } else { self.to.map_or(length, from_end) };
        if from != to && (!(0..length).contains(&from) || !(0..=length).contains(&to)) {
            return Err(format!("the list has {length} items, and the path asks for {from} to {to}"));
        }
        let range = usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0);
        let chosen = items.get(range).or((from == to).then_some(&[])).ok_or("the path asks for a list backwards")?;
        Ok(chosen.iter().step_by(self.step))
    }
}
