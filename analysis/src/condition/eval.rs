//! Walks the tree and computes its value.

use std::collections::BTreeMap;

use super::ast::{Binary, Kind, LoopKind, Node, Order, Pointer, Unary};
use super::machine::{Machine, Outcome, Stop, fail};
use super::operators::{self, truth};
use super::value::{Elements, Value};

impl Machine<'_> {
    /// Computes a node; a failure is marked with the place of the innermost node it happened in.
    pub(super) fn eval(&mut self, node: &Node) -> Outcome {
        self.spend(1)?;
        self.node(node).map_err(|stop| match stop {
            Stop::Failed(message, None) => Stop::Failed(message, Some(node.at)),
            other => other,
        })
    }

    fn node(&mut self, node: &Node) -> Outcome {
        match &node.kind {
            Kind::Nil => Ok(Value::Nil),
            Kind::Bool(flag) => Ok(Value::Bool(*flag)),
            Kind::Int(whole) => Ok(Value::Int(*whole)),
            Kind::Float(float) => Ok(Value::Float(*float)),
            Kind::Text(text) => Ok(Value::String(text.clone())),
            Kind::Result => Ok(self.result.clone()),
            Kind::Variable(slot) => Ok(self.variables.get(*slot).cloned().unwrap_or(Value::Nil)),
            Kind::Pointer(pointer) => self.pointer(*pointer),
            Kind::Unary(sign, operand) => self.unary(*sign, operand),
            Kind::Binary(sign, left, right) => self.binary(*sign, left, right),
            Kind::Comparison(first, rest) => self.comparison(first, rest),
            Kind::Matches(text, pattern) => {
                let text = self.eval(text)?;
                operators::matches(self, &text, pattern).map(Value::Bool)
            }
            Kind::Member { base, key, optional } => self.member(base, key, *optional),
            Kind::Chain(inner) => match self.eval(inner) {
                Err(Stop::ChainEnded) => Ok(Value::Nil),
                outcome => outcome,
            },
            Kind::Slice { base, from, to } => self.slice(base, from.as_deref(), to.as_deref()),
            Kind::Call(function, arguments) => {
                let arguments = self.all(arguments)?;
                (function.call)(self, &arguments)
            }
            Kind::Loop(it) => self.run_loop(it),
            Kind::Let { slot, value, body } => self.bind(*slot, value, body),
            Kind::Sequence(nodes) => Ok(self.all(nodes)?.pop().unwrap_or(Value::Nil)),
            Kind::Conditional(condition, yes, no) => {
                let branch = if truth(&self.eval(condition)?)? { yes } else { no };
                self.eval(branch)
            }
            Kind::Otherwise(condition, no) => {
                let condition = self.eval(condition)?;
                if truth(&condition)? { Ok(condition) } else { self.eval(no) }
            }
            Kind::List(nodes) => {
                let items = self.all(nodes)?;
                self.list(items, Elements::Any)
            }
            Kind::Map(entries) => self.map_literal(entries),
        }
    }

    fn all(&mut self, nodes: &[Node]) -> Result<Vec<Value>, Stop> {
        nodes.iter().map(|node| self.eval(node)).collect()
    }

    fn pointer(&mut self, pointer: Pointer) -> Outcome {
        let Some(scope) = self.scopes.last() else { return fail("# stands outside a predicate") };
        Ok(match pointer {
            Pointer::Item => scope.item.clone(),
            Pointer::Index => Value::Int(super::number::count(scope.index)),
            Pointer::Accumulator => scope.accumulator.clone(),
        })
    }

    fn unary(&mut self, sign: Unary, operand: &Node) -> Outcome {
        let value = self.eval(operand)?;
        match sign {
            Unary::Not => truth(&value).map(|flag| Value::Bool(!flag)),
            Unary::Minus => operators::negate(&value),
            Unary::Plus => Ok(value),
        }
    }

    /// `&&`, `||` and `??` look at the right side only when the left does not decide.
    fn binary(&mut self, sign: Binary, left: &Node, right: &Node) -> Outcome {
        let first = self.eval(left)?;
        let decided = match sign {
            Binary::Or => truth(&first)?,
            Binary::And => !truth(&first)?,
            Binary::Coalesce => !matches!(first, Value::Nil),
            _ => {
                let second = self.eval(right)?;
                if sign == Binary::In && is_list_of_texts(right) {
                    return operators::among_texts(self, &first, &second).map(Value::Bool);
                }
                return operators::binary(self, sign, &first, &second);
            }
        };
        if decided { Ok(first) } else { self.eval(right) }
    }

    fn comparison(&mut self, first: &Node, rest: &[(Order, Node)]) -> Outcome {
        let mut left = self.eval(first)?;
        for (order, node) in rest {
            let right = self.eval(node)?;
            if !operators::order(self, *order, &left, &right)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn member(&mut self, base: &Node, key: &Node, optional: bool) -> Outcome {
        let base = self.eval(base)?;
        if optional && matches!(base, Value::Nil) {
            return Err(Stop::ChainEnded);
        }
        let key = self.eval(key)?;
        operators::fetch(self, &base, &key)
    }

    fn slice(&mut self, base: &Node, from: Option<&Node>, to: Option<&Node>) -> Outcome {
        let base = self.eval(base)?;
        let to = to.map(|to| self.eval(to)).transpose()?;
        let from = from.map_or(Ok(Value::Int(0)), |from| self.eval(from))?;
        operators::slice(self, &base, &from, to.as_ref())
    }

    fn bind(&mut self, slot: usize, value: &Node, body: &Node) -> Outcome {
        let value = self.eval(value)?;
        self.variables.resize(slot, Value::Nil);
        self.variables.push(value);
        self.eval(body)
    }

    fn map_literal(&mut self, nodes: &[(Node, Node)]) -> Outcome {
        let mut entries = BTreeMap::new();
        for (key, value) in nodes {
            let (key, value) = (self.eval(key)?, self.eval(value)?);
            match key {
                Value::String(key) => {
                    self.read(&key)?;
                    entries.insert(key, value)
                }
                other => return fail(format!("a map's key is a string, not {}", other.type_name())),
            };
        }
        self.map(entries)
    }
}

fn is_list_of_texts(node: &Node) -> bool {
    match &node.kind {
        Kind::List(nodes) => !nodes.is_empty() && nodes.iter().all(|node| matches!(node.kind, Kind::Text(_))),
        _ => false,
    }
}

/// Whether a loop kind goes through its list from the end.
pub(super) fn goes_backwards(kind: LoopKind) -> bool {
    matches!(kind, LoopKind::FindLast | LoopKind::FindLastIndex)
}
