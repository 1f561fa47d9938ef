//! Values of templates, with the types that Go gives them.

mod convert;
pub(crate) mod equal;
mod list;
pub(crate) mod map;
mod native;

use std::rc::Rc;

pub use list::List;
pub(crate) use list::Of;
pub use map::Map;
pub use native::Native;

use crate::semver::Version;
use crate::time::Moment;

/// A value as a template meets it.
///
/// The types are Go's, as far as a template can tell them apart: numbers of the data are `float64`, literals are
/// `int`, and most arithmetic functions give `int64`.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing at all, as a field that is not there; prints as `<no value>`, and so do its fields.
    Missing,
    /// The `null` of the data; to look for a field of it is an error.
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `int64`
    Int64(i64),
    /// `uint8`: an element of a text.
    Byte(u8),
    /// `float64`
    Float(f64),
    /// `string`
    Text(Rc<str>),
    /// `[]interface {}`, or a list of one type.
    List(List),
    /// `map[string]interface {}`, or `map[string]string`.
    Map(Map),
    /// `time.Time`
    Time(Moment),
    /// `time.Duration`, in nanoseconds.
    Duration(i64),
    /// `*semver.Version`
    Version(Rc<Version>),
    /// A function of the caller.
    Function(Native),
}

impl Value {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Value::Text(text.as_ref().into())
    }

    /// A list of any values.
    pub fn list(values: Vec<Value>) -> Self {
        Value::List(List::new(Of::Any, values))
    }

    /// A map of any values.
    pub fn map(entries: impl IntoIterator<Item = (String, Value)>) -> Self {
        Value::Map(Map::new(Of::Any, entries.into_iter().map(|(key, value)| (Rc::from(key), value)).collect()))
    }

    /// A function, which gets the arguments as the template gives them. Its message must hold no value.
    pub fn function(
        name: impl Into<String>,
        run: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        Value::Function(Native::new(name, run))
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn texts(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Value::List(List::new(Of::Text, texts.into_iter().map(Value::text).collect()))
    }

    /// Go's name of its type, as `%T` writes it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Missing | Value::Nil => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Int64(_) => "int64",
            Value::Byte(_) => "uint8",
            Value::Float(_) => "float64",
            Value::Text(_) => "string",
            Value::List(list) => list.of().list_type(),
            Value::Map(map) => map.of().map_type(),
            Value::Time(_) => "time.Time",
            Value::Duration(_) => "time.Duration",
            Value::Version(_) => "*semver.Version",
            Value::Function(_) => "func",
        }
    }

    /// Go's name of the kind of its type.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Value::Missing | Value::Nil => "invalid",
            Value::Duration(_) => "int64",
            Value::List(_) => "slice",
            Value::Map(_) => "map",
            Value::Time(_) => "struct",
            Value::Version(_) => "ptr",
            _ => self.type_name(),
        }
    }

    pub(crate) fn is_nil(&self) -> bool {
        matches!(self, Value::Nil | Value::Missing)
    }

    /// Whether `if` takes it for true: whether it is not the zero of its type.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Value::Missing | Value::Nil => false,
            Value::Bool(value) => *value,
            Value::Int(number) | Value::Int64(number) | Value::Duration(number) => *number != 0,
            Value::Byte(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::List(list) => !list.is_empty(),
            Value::Map(map) => !map.is_empty(),
            Value::Time(_) | Value::Version(_) | Value::Function(_) => true,
        }
    }

    /// What is left of a nil when it leaves a pipeline or is printed: nothing.
    pub(crate) fn unwrapped(self) -> Self {
        if matches!(self, Value::Nil) { Value::Missing } else { self }
    }

    /// What a function sees of a missing value: nil.
    pub(crate) fn given(self) -> Self {
        if matches!(self, Value::Missing) { Value::Nil } else { self }
    }

    /// About how many steps it takes to look at it.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Value::Text(text) => text.len() / 64,
            Value::List(list) => list.len() / 16,
            Value::Map(map) => map.len() / 16,
            _ => 0,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
