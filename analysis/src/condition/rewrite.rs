//! The rewrites of Go's optimizer that can be seen from outside.
//!
//! They decide which mistakes are ever reached: `x && false` does not look at `x`, `filter(list, p)[0]` stops at
//! the first match, `count(list, p) > 0` is `any(list, p)`. An evaluator without them would call some measurements
//! an error that the Go controllers judge.

use super::ast::{Binary, Kind, Loop, LoopKind, Node, Order, Pointer, Unary};
use super::lex::Flaw;
use super::machine::Machine;
use super::operators;
use super::parse::HEIGHT_LIMIT;
use super::value::Value;

/// In the order Go applies them, each over the whole tree, children first.
const RULES: &[fn(&mut Node)] = &[
    map_of_filter,
    len_of_filter,
    last_of_filter,
    first_of_filter,
    combine_predicates,
    sum_of_literal,
    sum_of_map,
    count_as_any,
    count_enough,
];

/// Rewrites a checked tree; a mistake found on the way (a literal `% 0`) is reported.
pub(super) fn rewrite(node: &mut Node) -> Result<(), Flaw> {
    walk(node, &mut fold)?;
    for rule in RULES {
        walk(node, &mut |node| {
            rule(node);
            Ok(())
        })?;
    }
    Ok(())
}

fn walk(node: &mut Node, rule: &mut dyn FnMut(&mut Node) -> Result<(), Flaw>) -> Result<(), Flaw> {
    let mut outcome = Ok(());
    let mut tallest = 0;
    node.each_child(&mut |child| {
        if outcome.is_ok() {
            outcome = walk(child, rule);
        }
        tallest = tallest.max(child.height);
    });
    node.height = tallest + 1;
    outcome?;
    rule(node)
}

fn take(node: &mut Node) -> Node {
    std::mem::replace(node, Node::new(node.at, Kind::Nil))
}

/// Computes what is made of literals only, and drops what a literal boolean decides.
fn fold(node: &mut Node) -> Result<(), Flaw> {
    let folded = match &mut node.kind {
        Kind::Unary(sign, operand) => fold_unary(*sign, &operand.kind),
        Kind::Binary(sign @ (Binary::And | Binary::Or), left, right) => {
            let decisive = *sign == Binary::Or;
            match (&left.kind, &right.kind) {
                (Kind::Bool(flag), _) if *flag != decisive => Some(take(right).kind),
                (_, Kind::Bool(flag)) if *flag != decisive => Some(take(left).kind),
                (Kind::Bool(_), _) | (_, Kind::Bool(_)) => Some(Kind::Bool(decisive)),
                _ => None,
            }
        }
        Kind::Binary(sign, left, right) => fold_binary(node.at, *sign, left, right)?,
        _ => None,
    };
    if let Some(kind) = folded {
        node.kind = kind;
    }
    Ok(())
}

fn fold_unary(sign: Unary, operand: &Kind) -> Option<Kind> {
    match (sign, operand) {
        (Unary::Minus, Kind::Int(whole)) => Some(Kind::Int(whole.wrapping_neg())),
        (Unary::Minus, Kind::Float(float)) => Some(Kind::Float(-float)),
        (Unary::Plus, literal @ (Kind::Int(_) | Kind::Float(_))) => Some(literal.clone()),
        (Unary::Not, Kind::Bool(flag)) => Some(Kind::Bool(!flag)),
        _ => None,
    }
}

fn fold_binary(at: usize, sign: Binary, left: &Node, right: &Node) -> Result<Option<Kind>, Flaw> {
    let same_kind = std::mem::discriminant(&left.kind) == std::mem::discriminant(&right.kind);
    let folds = match sign {
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Power | Binary::Modulo => true,
        Binary::Equal => same_kind && !matches!(left.kind, Kind::Float(_)),
        _ => false,
    };
    let (true, Some(left), Some(right)) = (folds, literal(left), literal(right)) else { return Ok(None) };
    if (sign, &right) == (Binary::Modulo, &Value::Int(0)) {
        return Err((at, "integer divide by zero".to_owned()));
    }
    let value = operators::binary(&mut Machine::new(&Value::Nil), sign, &left, &right);
    Ok(value.ok().and_then(|value| match value {
        Value::Int(whole) => Some(Kind::Int(whole)),
        Value::Float(float) => Some(Kind::Float(float)),
        Value::String(text) => Some(Kind::Text(text)),
        Value::Bool(flag) => Some(Kind::Bool(flag)),
        _ => None,
    }))
}

fn literal(node: &Node) -> Option<Value> {
    match &node.kind {
        Kind::Int(whole) => Some(Value::Int(*whole)),
        Kind::Float(float) => Some(Value::Float(*float)),
        Kind::Text(text) => Some(Value::String(text.clone())),
        Kind::Bool(flag) => Some(Value::Bool(*flag)),
        _ => None,
    }
}

/// The loop in a node, if it is one of this kind.
fn as_loop(node: &mut Node, kind: LoopKind) -> Option<&mut Loop> {
    match &mut node.kind {
        Kind::Loop(it) if it.kind == kind => Some(it),
        _ => None,
    }
}

fn uses_index(node: &mut Node) -> bool {
    let mut found = matches!(node.kind, Kind::Pointer(Pointer::Index));
    node.each_child(&mut |child| found = found || uses_index(child));
    found
}

/// `map(filter(list, p), f)` becomes a filter that yields `f`.
fn map_of_filter(node: &mut Node) {
    let Some(map) = as_loop(node, LoopKind::Map) else { return };
    if map.predicate.as_mut().is_none_or(uses_index) {
        return;
    }
    let Some(filter) = as_loop(&mut map.list, LoopKind::Filter).filter(|filter| filter.yields.is_none()) else {
        return;
    };
    filter.yields = map.predicate.take();
    node.kind = take(&mut map.list).kind;
}

/// Replaces a call over a filter by the loop that stops earlier.
fn over_filter(node: &mut Node, function: &str, kind: LoopKind) {
    let Kind::Call(called, arguments) = &mut node.kind else { return };
    let [argument] = arguments.as_mut_slice() else { return };
    if called.name != function {
        return;
    }
    if let Some(filter) = as_loop(argument, LoopKind::Filter) {
        filter.kind = kind;
        node.kind = take(argument).kind;
    }
}

fn len_of_filter(node: &mut Node) {
    over_filter(node, "len", LoopKind::Count);
    if let Some(count) = as_loop(node, LoopKind::Count) {
        count.yields = None;
    }
}

fn last_of_filter(node: &mut Node) {
    end_of_filter(node, -1, LoopKind::FindLast);
    over_filter(node, "last", LoopKind::FindLast);
}

fn first_of_filter(node: &mut Node) {
    end_of_filter(node, 0, LoopKind::Find);
    over_filter(node, "first", LoopKind::Find);
}

fn end_of_filter(node: &mut Node, end: i64, kind: LoopKind) {
    let Kind::Member { base, key, optional: false } = &mut node.kind else { return };
    if key.kind != Kind::Int(end) {
        return;
    }
    if let Some(filter) = as_loop(base, LoopKind::Filter) {
        filter.kind = kind;
        filter.must_find = true;
        node.kind = take(base).kind;
    }
}

/// `all(list, p) && all(list, q)` becomes `all(list, p && q)`, likewise `any` and `none`.
fn combine_predicates(node: &mut Node) {
    let at = node.at;
    let Kind::Binary(sign, left, right) = &mut node.kind else { return };
    let (Kind::Loop(left), Kind::Loop(right)) = (&mut left.kind, &mut right.kind) else { return };
    let joint = match (left.kind, *sign) {
        (LoopKind::All, Binary::And) => Binary::And,
        (LoopKind::Any, Binary::Or) | (LoopKind::None, Binary::And) => Binary::Or,
        _ => return,
    };
    if left.kind != right.kind || left.list != right.list {
        return;
    }
    let (Some(first), Some(second)) = (left.predicate.take(), right.predicate.take()) else { return };
    let mut predicate = Node::new(at, Kind::Binary(joint, Box::new(first), Box::new(second)));
    combine_predicates(&mut predicate);
    let list = take(&mut left.list);
    node.kind = Kind::Loop(Box::new(Loop::new(left.kind, list, Some(predicate), None)));
}

/// The longest literal that becomes a chain: each element makes the tree one level higher.
const CHAIN_LIMIT: usize = 32;

/// `sum([a, b, c])` becomes `a + (b + c)`.
fn sum_of_literal(node: &mut Node) {
    let at = node.at;
    let Some(sum) = as_loop(node, LoopKind::Sum).filter(|sum| sum.predicate.is_none()) else { return };
    let Kind::List(nodes) = &mut sum.list.kind else { return };
    let tallest = nodes.iter().map(|node| node.height).max().unwrap_or_default();
    if !(2..=CHAIN_LIMIT).contains(&nodes.len())
        || tallest + nodes.len() > HEIGHT_LIMIT
        || nodes.iter().all(Node::is_literal)
    {
        return;
    }
    let sum = std::mem::take(nodes)
        .into_iter()
        .rev()
        .reduce(|rest, node| Node::new(at, Kind::Binary(Binary::Add, Box::new(node), Box::new(rest))));
    if let Some(sum) = sum {
        *node = sum;
    }
}

/// `sum(map(list, f))` becomes `sum(list, f)`.
fn sum_of_map(node: &mut Node) {
    let Some(sum) = as_loop(node, LoopKind::Sum).filter(|sum| sum.predicate.is_none()) else { return };
    let Some(map) = as_loop(&mut sum.list, LoopKind::Map) else { return };
    map.kind = LoopKind::Sum;
    node.kind = take(&mut sum.list).kind;
}

/// A count with a predicate, compared with a literal.
fn counted(node: &mut Node) -> Option<(&mut Loop, Order, i64)> {
    let Kind::Comparison(first, rest) = &mut node.kind else { return None };
    let [(order, Node { kind: Kind::Int(limit), .. })] = rest.as_slice() else { return None };
    let (order, limit) = (*order, *limit);
    let count = as_loop(first, LoopKind::Count).filter(|count| count.predicate.is_some())?;
    Some((count, order, limit))
}

/// `count(list, p) > 0` becomes `any(list, p)`.
fn count_as_any(node: &mut Node) {
    if let Some((count, Order::More, 0) | (count, Order::MoreOrEqual, 1)) = counted(node) {
        count.kind = LoopKind::Any;
        if let Kind::Comparison(first, _) = &mut node.kind {
            node.kind = take(first).kind;
        }
    }
}

/// `count(list, p) > 5` stops at the sixth match.
fn count_enough(node: &mut Node) {
    if let Some((count, order, limit)) = counted(node) {
        let enough = match order {
            Order::More | Order::LessOrEqual => limit.saturating_add(1),
            Order::MoreOrEqual | Order::Less => limit,
        };
        count.enough = (limit >= 0 && enough > 1).then_some(enough);
    }
}
