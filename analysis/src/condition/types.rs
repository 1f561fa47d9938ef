//! What is known of a value's type before the condition runs.

use super::value::{Elements, Value};

/// A static type; the rules are those of Go's checker.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    /// Known only when the condition runs: an element of a JSON value.
    Unknown,
    Nil,
    Bool,
    Int,
    Float,
    Text,
    Map,
    /// A list of anything, with what is known of its elements.
    List(Box<Type>),
    /// The vector of Prometheus; unlike `List` it is not accepted where texts are wanted.
    Floats,
    /// What `split` gives.
    Texts,
}

impl Type {
    pub(super) fn of(value: &Value) -> Type {
        match value {
            Value::Nil => Type::Nil,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Float(_) => Type::Float,
            Value::String(_) => Type::Text,
            Value::Map(_) => Type::Map,
            Value::List(list) => match list.elements() {
                Elements::Any => Type::list(Type::Unknown),
                Elements::Int => Type::list(Type::Int),
                Elements::Float => Type::Floats,
                Elements::String => Type::Texts,
            },
        }
    }

    pub(super) fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Type::Unknown => "unknown",
            Type::Nil => "nil",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Float => "float",
            Type::Text => "string",
            Type::Map => "map",
            Type::List(_) | Type::Floats | Type::Texts => "array",
        }
    }

    pub(super) fn is_unknown(&self) -> bool {
        *self == Type::Unknown
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Type::Int | Type::Float)
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self, Type::List(_) | Type::Floats | Type::Texts)
    }

    /// The type of an element of this list, `Unknown` for what is no list.
    pub(super) fn element(&self) -> Type {
        match self {
            Type::List(element) => (**element).clone(),
            Type::Floats => Type::Float,
            Type::Texts => Type::Text,
            _ => Type::Unknown,
        }
    }

    /// Whether a value of this type can stand where `other` is wanted.
    pub(super) fn assignable_to(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Nil, Type::Map) | (Type::List(_), Type::List(_)) => true,
            (Type::Nil, other) => other.is_list(),
            (Type::Unknown, _) => false,
            (own, other) => own == other,
        }
    }

    /// Whether `==` between the two makes sense.
    pub(super) fn comparable_to(&self, other: &Type) -> bool {
        let open = |it: &Type| matches!(it, Type::Unknown | Type::Nil);
        open(self)
            || open(other)
            || self.is_number() && other.is_number()
            || self.is_list() && other.is_list()
            || self.assignable_to(other)
    }

    /// Whether both are of `kinds`, or unknown and so may turn out to be.
    pub(super) fn both(&self, other: &Type, kinds: &[Type]) -> bool {
        let fits = |it: &Type| it.is_unknown() || kinds.contains(it);
        fits(self) && fits(other)
    }
}
