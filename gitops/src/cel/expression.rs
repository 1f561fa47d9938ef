//! Expressions as they were read.

use super::functions::Function;
use super::operators::Operator;

/// How deep one may be nested.
pub(super) const DEEPEST: usize = 100;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Name(String),
    Field(Box<Expression>, String),
    /// `has(of.field)`
    Has(Box<Expression>, String),
    Index(Box<Expression>, Box<Expression>),
    /// A function, and what it is given; of `a.f(b)` that is `a` and `b`.
    Call(Function, Vec<Expression>),
    List(Vec<Expression>),
    Map(Vec<(Expression, Expression)>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Operation(Operator, Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    If(Box<[Expression; 3]>),
    Each(Box<Each>),
}

/// `over.all(name, what)`, and the like.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Each {
    pub over: Expression,
    pub name: String,
    pub fold: Fold,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fold {
    All(Expression),
    Exists(Expression),
    ExistsOne(Expression),
    /// Those that the first is true for, each as the second makes of it.
    Collect(Option<Expression>, Option<Expression>),
}

impl Expression {
    /// Whether it is nested deeper than it may be evaluated, found without recursion: `a + a + …` is as deep as it is long.
    pub(super) fn is_deep(&self) -> bool {
        let mut level = vec![self];
        for _ in 0..DEEPEST {
            level = level.into_iter().flat_map(Self::parts).collect();
        }
        !level.is_empty()
    }

    /// The expressions that it is made of.
    fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Double(_) | Self::Text(_) | Self::Name(_) => Vec::new(),
            Self::Field(of, _) | Self::Has(of, _) | Self::Not(of) | Self::Negative(of) => vec![of],
            Self::Index(one, two) | Self::Operation(_, one, two) | Self::And(one, two) | Self::Or(one, two) => {
                vec![one, two]
            }
            Self::Call(_, items) | Self::List(items) => items.iter().collect(),
            Self::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Self::If(parts) => parts.iter().collect(),
            Self::Each(each) => {
                let (one, two) = match &each.fold {
                    Fold::All(what) | Fold::Exists(what) | Fold::ExistsOne(what) => (Some(what), None),
                    Fold::Collect(keep, then) => (keep.as_ref(), then.as_ref()),
                };
                std::iter::once(&each.over).chain(one).chain(two).collect()
            }
        }
    }
}
