//! Rendering: walks the tree and writes text.

mod call;
mod eval;
mod field;

use std::collections::BTreeMap;

use crate::env::Env;
use crate::error::Failure;
use crate::functions::Functions;
use crate::limits::DEPTH;
use crate::node::{Binding, Branch, BranchKind, Invocation, Node, Pipe, Range};
use crate::value::Value;
use crate::{MissingKey, format};

/// Why rendering ended, where, and in which `define`.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) at: usize,
    pub(crate) template: Option<String>,
    pub(crate) failure: Failure,
}

/// What the walk of a list of nodes ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// One rendering.
pub(crate) struct Machine<'t> {
    pub(crate) defined: &'t BTreeMap<String, Vec<Node>>,
    pub(crate) functions: &'t Functions,
    pub(crate) missing_key: MissingKey,
    pub(crate) env: Env,
    output: String,
    variables: Vec<(&'t str, Value)>,
    depth: usize,
    template: Option<&'t str>,
    /// The place that a failure without a place of its own is blamed on.
    at: usize,
}

impl<'t> Machine<'t> {
    pub(crate) fn new(
        defined: &'t BTreeMap<String, Vec<Node>>,
        functions: &'t Functions,
        missing_key: MissingKey,
        env: Env,
    ) -> Self {
        let (output, variables) = (String::new(), Vec::new());
        Machine { defined, functions, missing_key, env, output, variables, depth: 0, template: None, at: 0 }
    }

    /// Renders the main tree for some data.
    pub(crate) fn render(mut self, nodes: &'t [Node], data: &Value) -> Result<String, Stop> {
        self.variables.push(("$", data.clone()));
        match self.list(data, nodes) {
            Ok(_) => Ok(self.output),
            Err(failure) => Err(Stop { at: self.at, template: self.template.map(str::to_owned), failure }),
        }
    }

    /// Goes one level deeper for `inner`.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        if self.depth == DEPTH {
            return Err(Failure::Limit(format!("it nests deeper than {DEPTH} levels")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn list(&mut self, dot: &Value, nodes: &'t [Node]) -> Result<Flow, Failure> {
        for node in nodes {
            self.env.budget.step(1)?;
            let flow = match node {
                Node::Text(text) => self.write(text).map(|()| Flow::Next)?,
                Node::Action(pipe) => self.action(dot, pipe)?,
                Node::Branch(branch) => self.nested(|machine| machine.branch(dot, branch))?,
                Node::Range(range) => self.nested(|machine| machine.range(dot, range))?,
                Node::Template(invocation) => self.nested(|machine| machine.invoke(dot, invocation))?,
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn write(&mut self, text: &str) -> Result<(), Failure> {
        let limit = self.env.budget.limits().output;
        if self.output.len() + text.len() > limit {
            return Err(Failure::Limit(format!("it writes more than {limit} bytes")));
        }
        self.output.push_str(text);
        Ok(())
    }

    fn action(&mut self, dot: &Value, pipe: &'t Pipe) -> Result<Flow, Failure> {
        let value = self.pipeline(dot, pipe)?;
        if pipe.names.is_empty() {
            self.at = pipe.at;
            match &value {
                Value::Text(text) => self.write(text)?,
                Value::Function(_) => return Err("a function cannot be printed; call it".into()),
                value => {
                    let text = format::shown(value, &mut self.env.budget)?;
                    self.write(&text)?;
                }
            }
        }
        Ok(Flow::Next)
    }

    fn branch(&mut self, dot: &Value, branch: &'t Branch) -> Result<Flow, Failure> {
        let mark = self.variables.len();
        let mut taken = None;
        for (pipe, nodes) in &branch.arms {
            let value = self.pipeline(dot, pipe)?;
            if value.is_true() {
                taken = Some((value, nodes));
                break;
            }
        }
        let flow = match &taken {
            Some((value, nodes)) if branch.kind == BranchKind::With => self.list(value, nodes),
            Some((_, nodes)) => self.list(dot, nodes),
            None => self.list(dot, &branch.otherwise),
        };
        self.variables.truncate(mark);
        flow
    }

    fn range(&mut self, dot: &Value, range: &'t Range) -> Result<Flow, Failure> {
        let mark = self.variables.len();
        let over = self.pipeline(dot, &range.pipe)?;
        self.at = range.pipe.at;
        let flow = match &over {
            Value::List(list) if !list.is_empty() => {
                let pairs = list.values().iter().enumerate();
                let pairs = pairs.map(|(index, value)| (Value::Int(crate::number::count(index)), value.clone()));
                self.iterate(range, pairs)
            }
            Value::Map(map) if !map.is_empty() => {
                let entries = map.entries();
                self.env.budget.list(entries.len())?;
                self.iterate(range, entries.into_iter().map(|(key, value)| (Value::Text(key), value)))
            }
            Value::Int(_) | Value::Int64(_) | Value::Byte(_) | Value::Duration(_) if range.pipe.names.len() > 1 => {
                Err("a range over a number sets one variable only".into())
            }
            Value::Int(count) if *count > 0 => self.iterate(range, (0..*count).map(|n| (Value::Nil, Value::Int(n)))),
            Value::Int64(count) if *count > 0 => {
                self.iterate(range, (0..*count).map(|n| (Value::Nil, Value::Int64(n))))
            }
            Value::Duration(count) if *count > 0 => {
                self.iterate(range, (0..*count).map(|n| (Value::Nil, Value::Duration(n))))
            }
            Value::Byte(count) if *count > 0 => self.iterate(range, (0..*count).map(|n| (Value::Nil, Value::Byte(n)))),
            Value::List(_)
            | Value::Map(_)
            | Value::Int(_)
            | Value::Int64(_)
            | Value::Byte(_)
            | Value::Duration(_)
            | Value::Missing
            | Value::Nil => self.list(dot, &range.otherwise),
            other => {
                Err(format!("range cannot go over {}; it takes a list, a map or a number", other.type_name()).into())
            }
        };
        self.variables.truncate(mark);
        flow
    }

    fn iterate(&mut self, range: &'t Range, pairs: impl Iterator<Item = (Value, Value)>) -> Result<Flow, Failure> {
        let mark = self.variables.len();
        for (index, element) in pairs {
            self.env.budget.step(1)?;
            self.bind(&range.pipe, index, &element)?;
            let flow = self.list(&element, &range.body)?;
            self.variables.truncate(mark);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    /// Sets the variables of a range for one round: the element, and before it the index if there are two.
    fn bind(&mut self, pipe: &'t Pipe, index: Value, element: &Value) -> Result<(), Failure> {
        match (pipe.binding, pipe.names.as_slice()) {
            (Binding::Assign, [name]) => self.assign(name, element.clone()),
            (Binding::Assign, [first, second]) => {
                self.assign(first, index)?;
                self.assign(second, element.clone())
            }
            (Binding::Declare, names) => {
                // The pipeline has just pushed them.
                let mut slots = self.variables.iter_mut().rev();
                if let (Some(slot), false) = (slots.next(), names.is_empty()) {
                    slot.1 = element.clone();
                }
                if let (Some(slot), true) = (slots.next(), names.len() > 1) {
                    slot.1 = index;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn invoke(&mut self, dot: &Value, invocation: &'t Invocation) -> Result<Flow, Failure> {
        self.at = invocation.at;
        let (defined, name) = (self.defined, invocation.name.as_str());
        let Some(nodes) = defined.get(name) else {
            return Err(format!("the template {name:?} is not defined; add {{{{define {name:?}}}}}").into());
        };
        let dot = match &invocation.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Missing,
        };
        // A template sees no variables but its own `$`.
        let outer = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        let caller = self.template.replace(name);
        self.list(&dot, nodes)?;
        self.template = caller;
        self.variables = outer;
        Ok(Flow::Next)
    }

    fn assign(&mut self, name: &str, value: Value) -> Result<(), Failure> {
        let slot = self.variables.iter_mut().rev().find(|(known, _)| *known == name);
        match slot {
            Some(slot) => slot.1 = value,
            None => return Err(format!("the variable {name} is not declared; write {name} := before").into()),
        }
        Ok(())
    }
}
