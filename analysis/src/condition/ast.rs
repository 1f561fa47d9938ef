//! The syntax tree of a condition.

use std::sync::Arc;

use super::functions::Function;
use super::pattern::Pattern;

/// One node: what it is and where it stands in the source.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Byte offset in the source, for messages.
    pub(super) at: usize,
    /// The height of the tree below, bounded so that no walk overflows the stack.
    pub(super) height: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    /// The measurement.
    Result,
    /// A `let` variable by its slot.
    Variable(usize),
    /// `#`, `#index`, `#acc` inside a predicate.
    Pointer(Pointer),
    Unary(Unary, Box<Node>),
    Binary(Binary, Box<Node>, Box<Node>),
    /// `a < b <= c`: each neighbouring pair must hold.
    Comparison(Box<Node>, Vec<(Order, Node)>),
    /// `x matches "literal"`, compiled when parsed.
    Matches(Box<Node>, Pattern),
    Member {
        base: Box<Node>,
        key: Box<Node>,
        /// `?.`: nil ends the whole chain.
        optional: bool,
    },
    /// The part of a `a?.b.c` that becomes nil as a whole.
    Chain(Box<Node>),
    Slice {
        base: Box<Node>,
        from: Option<Box<Node>>,
        to: Option<Box<Node>>,
    },
    Call(&'static Function, Vec<Node>),
    Loop(Box<Loop>),
    Let {
        slot: usize,
        value: Box<Node>,
        body: Box<Node>,
    },
    Sequence(Vec<Node>),
    Conditional(Box<Node>, Box<Node>, Box<Node>),
    /// `a ?: b`.
    Otherwise(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pointer {
    Item,
    Index,
    Accumulator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Minus,
    Plus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    In,
    Matches,
    Contains,
    StartsWith,
    EndsWith,
    Range,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Coalesce,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

/// A builtin that runs a predicate over a list: `all(list, predicate)`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Loop {
    pub(super) kind: LoopKind,
    pub(super) list: Node,
    pub(super) predicate: Option<Node>,
    /// The order of `sortBy`, the initial value of `reduce`.
    pub(super) extra: Option<Node>,
    /// What `filter` and `find` yield instead of the element (set by a rewrite only).
    pub(super) yields: Option<Node>,
    /// `find` fails instead of giving nil (set by a rewrite only).
    pub(super) must_find: bool,
    /// `count` may stop here (set by a rewrite only).
    pub(super) enough: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LoopKind {
    All,
    None,
    Any,
    One,
    Filter,
    Map,
    Count,
    Sum,
    Find,
    FindIndex,
    FindLast,
    FindLastIndex,
    SortBy,
    Reduce,
}

/// Two nodes are equal when they say the same, wherever they stand.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Node {
    pub(super) fn new(at: usize, kind: Kind) -> Self {
        let mut node = Node { at, height: 0, kind };
        let mut tallest = 0;
        node.each_child(&mut |child| tallest = tallest.max(child.height));
        node.height = tallest + 1;
        node
    }

    /// Whether the node is a literal number, text or boolean.
    pub(super) fn is_literal(&self) -> bool {
        matches!(self.kind, Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_))
    }

    /// Shows every direct child, left to right.
    pub(super) fn each_child(&mut self, see: &mut dyn FnMut(&mut Node)) {
        match &mut self.kind {
            Kind::Unary(_, node) | Kind::Matches(node, _) | Kind::Chain(node) => see(node),
            Kind::Binary(_, left, right)
            | Kind::Otherwise(left, right)
            | Kind::Let { value: left, body: right, .. }
            | Kind::Member { base: left, key: right, .. } => [left, right].into_iter().for_each(|node| see(node)),
            Kind::Comparison(first, rest) => {
                see(first);
                for (_, node) in rest {
                    see(node);
                }
            }
            Kind::Slice { base, from, to } => {
                see(base);
                [from, to].into_iter().flatten().for_each(|node| see(node));
            }
            Kind::Call(_, nodes) | Kind::Sequence(nodes) | Kind::List(nodes) => nodes.iter_mut().for_each(see),
            Kind::Loop(it) => {
                see(&mut it.list);
                [&mut it.predicate, &mut it.extra, &mut it.yields].into_iter().flatten().for_each(see);
            }
            Kind::Conditional(condition, yes, no) => {
                see(condition);
                see(yes);
                see(no);
            }
            Kind::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
                see(key);
                see(value);
            }),
            Kind::Nil
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Float(_)
            | Kind::Text(_)
            | Kind::Result
            | Kind::Variable(_)
            | Kind::Pointer(_) => {}
        }
    }
}

impl Loop {
    pub(super) fn new(kind: LoopKind, list: Node, predicate: Option<Node>, extra: Option<Node>) -> Self {
        Loop { kind, list, predicate, extra, yields: None, must_find: false, enough: None }
    }
}

impl LoopKind {
    /// Every name of the language with what it stands for.
    pub(super) const NAMES: &[(&str, LoopKind)] = &[
        ("all", LoopKind::All),
        ("none", LoopKind::None),
        ("any", LoopKind::Any),
        ("one", LoopKind::One),
        ("filter", LoopKind::Filter),
        ("map", LoopKind::Map),
        ("count", LoopKind::Count),
        ("sum", LoopKind::Sum),
        ("find", LoopKind::Find),
        ("findIndex", LoopKind::FindIndex),
        ("findLast", LoopKind::FindLast),
        ("findLastIndex", LoopKind::FindLastIndex),
        ("sortBy", LoopKind::SortBy),
        ("reduce", LoopKind::Reduce),
    ];

    pub(super) fn named(name: &str) -> Option<LoopKind> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
    }

    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Whether the predicate may be left out (`count(list)`, `sum(list)`).
    pub(super) fn predicate_is_optional(self) -> bool {
        matches!(self, LoopKind::Count | LoopKind::Sum)
    }

    /// Whether a third argument may follow.
    pub(super) fn takes_extra(self) -> bool {
        matches!(self, LoopKind::SortBy | LoopKind::Reduce)
    }
}

impl Binary {
    /// Whether whole numbers give a whole number and floats a float.
    pub(super) fn keeps_whole_numbers(self) -> bool {
        matches!(self, Binary::Add | Binary::Subtract | Binary::Multiply)
    }

    /// The sign for messages.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Binary::Or => "||",
            Binary::And => "&&",
            Binary::Equal => "==",
            Binary::NotEqual => "!=",
            Binary::In => "in",
            Binary::Matches => "matches",
            Binary::Contains => "contains",
            Binary::StartsWith => "startsWith",
            Binary::EndsWith => "endsWith",
            Binary::Range => "..",
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::Modulo => "%",
            Binary::Power => "**",
            Binary::Coalesce => "??",
        }
    }
}

impl Order {
    /// The sign for messages.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Order::Less => "<",
            Order::LessOrEqual => "<=",
            Order::More => ">",
            Order::MoreOrEqual => ">=",
        }
    }
}
