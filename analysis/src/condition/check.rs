//! The type check: finds what cannot work before the condition runs.
//!
//! It runs twice: when the condition is parsed, with the type of `result` unknown, and before each
//! evaluation with the measurement's type, since a mistake in a branch that is never reached is an error too.

use super::ast::{Binary, Kind, Loop, LoopKind, Node, Order, Pointer, Unary};
use super::functions::{Check, Function, Parameter};
use super::lex::Flaw;
use super::types::Type;

/// Checks the tree for a `result` of the given type.
pub(super) fn check(node: &Node, result: &Type) -> Result<Type, Flaw> {
    Checker { result, scopes: Vec::new(), variables: Vec::new() }.visit(node)
}

struct Checker<'t> {
    result: &'t Type,
    scopes: Vec<Scope>,
    variables: Vec<Type>,
}

/// What `#` means inside the predicate at hand.
struct Scope {
    item: Type,
    kind: LoopKind,
}

fn flaw<T>(node: &Node, message: String) -> Result<T, Flaw> {
    Err((node.at, message))
}

impl Checker<'_> {
    fn visit(&mut self, node: &Node) -> Result<Type, Flaw> {
        Ok(match &node.kind {
            Kind::Nil => Type::Nil,
            Kind::Bool(_) => Type::Bool,
            Kind::Int(_) => Type::Int,
            Kind::Float(_) => Type::Float,
            Kind::Text(_) => Type::Text,
            Kind::Result => self.result.clone(),
            Kind::Variable(slot) => self.variables.get(*slot).cloned().unwrap_or(Type::Unknown),
            Kind::Pointer(pointer) => self.pointer(node, *pointer)?,
            Kind::Unary(sign, operand) => self.unary(node, *sign, operand)?,
            Kind::Binary(sign, left, right) => {
                let (left, right) = (self.visit(left)?, self.visit(right)?);
                binary(node, *sign, &left, &right)?
            }
            Kind::Comparison(first, rest) => self.comparison(first, rest)?,
            Kind::Matches(text, _) => {
                let text = self.visit(text)?;
                binary(node, Binary::Matches, &text, &Type::Text)?
            }
            Kind::Member { base, key, .. } => self.member(base, key)?,
            Kind::Chain(inner) => self.visit(inner)?,
            Kind::Slice { base, from, to } => self.slice(base, [from, to])?,
            Kind::Call(function, arguments) => self.call(node, function, arguments)?,
            Kind::Loop(it) => self.predicate_loop(it)?,
            Kind::Let { slot, value, body } => {
                let value = self.visit(value)?;
                self.variables.resize(*slot, Type::Unknown);
                self.variables.push(value);
                self.visit(body)?
            }
            Kind::Sequence(nodes) => self.all(nodes)?.pop().unwrap_or(Type::Nil),
            Kind::Conditional(condition, yes, no) => {
                self.truth(condition)?;
                merge(self.visit(yes)?, self.visit(no)?)
            }
            Kind::Otherwise(condition, no) => merge(self.truth(condition)?, self.visit(no)?),
            Kind::List(nodes) => elements(&self.all(nodes)?),
            Kind::Map(entries) => {
                for (key, value) in entries {
                    self.visit(key)?;
                    self.visit(value)?;
                }
                Type::Map
            }
        })
    }

    fn all(&mut self, nodes: &[Node]) -> Result<Vec<Type>, Flaw> {
        nodes.iter().map(|node| self.visit(node)).collect()
    }

    fn truth(&mut self, node: &Node) -> Result<Type, Flaw> {
        match self.visit(node)? {
            found @ (Type::Bool | Type::Unknown) => Ok(found),
            found => flaw(node, format!("use a boolean as condition, not {}", found.name())),
        }
    }

    fn pointer(&self, node: &Node, pointer: Pointer) -> Result<Type, Flaw> {
        let Some(scope) = self.scopes.last() else {
            return flaw(node, "use # inside a predicate only".to_owned());
        };
        match (pointer, scope.kind) {
            (Pointer::Item, _) => Ok(scope.item.clone()),
            (Pointer::Index, LoopKind::Map | LoopKind::Reduce) => Ok(Type::Int),
            (Pointer::Accumulator, LoopKind::Reduce) => Ok(Type::Unknown),
            (Pointer::Index, _) => flaw(node, "use #index in map and reduce only".to_owned()),
            (Pointer::Accumulator, _) => flaw(node, "use #acc in reduce only".to_owned()),
        }
    }

    fn unary(&mut self, node: &Node, sign: Unary, operand: &Node) -> Result<Type, Flaw> {
        let found = self.visit(operand)?;
        match (sign, &found) {
            (Unary::Not, Type::Bool | Type::Unknown) => Ok(Type::Bool),
            (Unary::Minus | Unary::Plus, Type::Int | Type::Float | Type::Unknown) => Ok(found),
            _ => flaw(node, format!("apply this operator to another type than {}", found.name())),
        }
    }

    fn comparison(&mut self, first: &Node, rest: &[(Order, Node)]) -> Result<Type, Flaw> {
        let mut left = self.visit(first)?;
        for (order, node) in rest {
            let right = self.visit(node)?;
            let numbers = left.both(&right, &[Type::Int, Type::Float]);
            if !numbers && !left.both(&right, &[Type::Text]) {
                return mismatch(node, order.sign(), &left, &right);
            }
            left = right;
        }
        Ok(Type::Bool)
    }

    fn member(&mut self, base: &Node, key: &Node) -> Result<Type, Flaw> {
        let (found, index) = (self.visit(base)?, self.visit(key)?);
        match (&found, &index) {
            (Type::Unknown, _) | (Type::Map, Type::Text | Type::Unknown) => Ok(Type::Unknown),
            (list, Type::Int | Type::Unknown) if list.is_list() => Ok(list.element()),
            (list, _) if list.is_list() => flaw(key, format!("index the array with an integer, not {}", index.name())),
            (Type::Map, _) => flaw(key, format!("look up the key as a string, not {}", index.name())),
            _ => flaw(key, format!("look nothing up in a value of type {}: it has no fields", found.name())),
        }
    }

    fn slice(&mut self, base: &Node, bounds: [&Option<Box<Node>>; 2]) -> Result<Type, Flaw> {
        let found = self.visit(base)?;
        if found.is_unknown() {
            // Go does not look at the bounds here, so their mistakes show only when it runs.
            return Ok(found);
        }
        if !found.is_list() && found != Type::Text {
            return flaw(base, format!("slice an array or a string, not {}", found.name()));
        }
        for bound in bounds.into_iter().flatten() {
            let index = self.visit(bound)?;
            if !matches!(index, Type::Int | Type::Unknown) {
                return flaw(bound, format!("slice with integers, not {}", index.name()));
            }
        }
        Ok(found)
    }

    fn call(&mut self, node: &Node, function: &Function, arguments: &[Node]) -> Result<Type, Flaw> {
        let found = self.all(arguments)?;
        let name = function.name;
        match &function.check {
            Check::Rule(rule) => rule(&found).map_err(|message| (node.at, format!("call {name}: {message}"))),
            Check::Overloads(overloads) => {
                let fits = overloads.iter().find(|(wanted, _)| accepts(wanted, &found));
                fits.map(|(_, gives)| gives.clone()).ok_or_else(|| {
                    let types: Vec<&str> = found.iter().map(Type::name).collect();
                    (node.at, format!("call {name} with other arguments than ({})", types.join(", ")))
                })
            }
        }
    }

    fn predicate_loop(&mut self, it: &Loop) -> Result<Type, Flaw> {
        let list = self.visit(&it.list)?;
        if !list.is_list() && !list.is_unknown() {
            return flaw(&it.list, format!("call {} with an array, not {}", it.kind.name(), list.name()));
        }
        let gives = match &it.predicate {
            Some(predicate) => self.predicate(it.kind, &list, predicate)?,
            None => list.element(),
        };
        if let Some(extra) = &it.extra {
            let found = self.visit(extra)?;
            if it.kind == LoopKind::SortBy && !matches!(found, Type::Text | Type::Unknown) {
                return flaw(extra, format!("name the order of sortBy with a string, not {}", found.name()));
            }
        }
        Ok(loop_gives(it.kind, list, gives))
    }

    fn predicate(&mut self, kind: LoopKind, list: &Type, predicate: &Node) -> Result<Type, Flaw> {
        self.scopes.push(Scope { item: list.element(), kind });
        let found = self.visit(predicate)?;
        self.scopes.pop();
        let any_value = matches!(kind, LoopKind::Map | LoopKind::Sum | LoopKind::SortBy | LoopKind::Reduce);
        match &found {
            Type::Nil => flaw(predicate, "return a value from the predicate, not nil".to_owned()),
            Type::Bool | Type::Unknown => Ok(found),
            _ if any_value => Ok(found),
            _ => flaw(predicate, format!("return a boolean from the predicate, not {}", found.name())),
        }
    }
}

fn loop_gives(kind: LoopKind, list: Type, predicate: Type) -> Type {
    match kind {
        LoopKind::All | LoopKind::None | LoopKind::Any | LoopKind::One => Type::Bool,
        LoopKind::Filter => Type::list(list.element()),
        LoopKind::Map => Type::list(predicate),
        LoopKind::Count | LoopKind::FindIndex | LoopKind::FindLastIndex => Type::Int,
        LoopKind::Sum | LoopKind::Reduce => predicate,
        LoopKind::Find | LoopKind::FindLast => list.element(),
        LoopKind::SortBy => list,
    }
}

/// The type of a choice between two values.
fn merge(yes: Type, no: Type) -> Type {
    match (yes, no) {
        (Type::Nil, other) | (other, Type::Nil) => other,
        (Type::List(yes), Type::List(no)) if yes != no => Type::list(Type::Unknown),
        (yes, no) if yes.assignable_to(&no) => yes,
        _ => Type::Unknown,
    }
}

/// The type of a list literal: elements of one kind keep their type.
fn elements(found: &[Type]) -> Type {
    let same = found.windows(2).all(|pair| match pair {
        [first, second] => first.name() == second.name(),
        _ => true,
    });
    Type::list(found.last().filter(|_| same).cloned().unwrap_or(Type::Unknown))
}

fn accepts(wanted: &[Parameter], found: &[Type]) -> bool {
    wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| wanted.accepts(found))
}

fn mismatch<T>(node: &Node, sign: &str, left: &Type, right: &Type) -> Result<T, Flaw> {
    flaw(node, format!("use {sign} with other types than {} and {}", left.name(), right.name()))
}

fn binary(node: &Node, sign: Binary, left: &Type, right: &Type) -> Result<Type, Flaw> {
    const NUMBERS: &[Type] = &[Type::Int, Type::Float];
    let number = if left.is_unknown() || right.is_unknown() {
        Type::Unknown
    } else if [left, right].contains(&&Type::Float) {
        Type::Float
    } else {
        Type::Int
    };
    let both = |kinds: &[Type]| left.both(right, kinds);
    let gives = match sign {
        Binary::Or | Binary::And => both(&[Type::Bool]).then_some(Type::Bool),
        Binary::Equal | Binary::NotEqual => left.comparable_to(right).then_some(Type::Bool),
        Binary::In => may_be_in(left, right).then_some(Type::Bool),
        Binary::Matches | Binary::Contains | Binary::StartsWith | Binary::EndsWith => {
            both(&[Type::Text]).then_some(Type::Bool)
        }
        Binary::Range => both(&[Type::Int]).then(|| Type::list(Type::Int)),
        Binary::Add if [left, right].contains(&&Type::Text) => {
            both(&[Type::Text]).then(|| if left == right { Type::Text } else { Type::Unknown })
        }
        Binary::Add | Binary::Subtract | Binary::Multiply => both(NUMBERS).then_some(number),
        Binary::Divide | Binary::Power => both(NUMBERS).then_some(Type::Float),
        Binary::Modulo => both(&[Type::Int]).then_some(Type::Int),
        Binary::Coalesce => Some(coalesce(left, right)),
    };
    gives.map_or_else(|| mismatch(node, sign.sign(), left, right), Ok)
}

fn may_be_in(needle: &Type, stack: &Type) -> bool {
    match stack {
        Type::Unknown => true,
        Type::Map => matches!(needle, Type::Unknown | Type::Text),
        Type::Text => needle.is_unknown(),
        list => list.is_list() && needle.comparable_to(&list.element()),
    }
}

fn coalesce(left: &Type, right: &Type) -> Type {
    match (left, right) {
        (Type::Nil, other) | (other, Type::Nil) => other.clone(),
        (left, right) if right.assignable_to(left) => left.clone(),
        _ => Type::Unknown,
    }
}
