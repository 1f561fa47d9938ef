//! The functions a condition may call: their names, what they accept, where they are written.

mod aggregate;
mod convert;
mod list;
mod surroundings;
mod text;

use super::ast::LoopKind;
use super::machine::{Machine, Outcome, Stop, fail};
use super::types::Type;
use super::value::{List, Value};

/// A function by name; there is one of each, in [`FUNCTIONS`].
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) check: Check,
    pub(super) call: fn(&mut Machine, &[Value]) -> Outcome,
}

/// What a function accepts.
pub(super) enum Check {
    /// The first list of parameters that fits decides the type of the answer.
    Overloads(&'static [(&'static [Parameter], Type)]),
    /// A rule of its own.
    Rule(fn(&[Type]) -> Result<Type, String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    Any,
    Int,
    Float,
    Text,
    /// A list of anything, but not a vector of floats or texts.
    List,
    Texts,
}

use Parameter as P;
type Overload = (&'static [Parameter], Type);

const ONE_ANY_TO_BOOL: &[Overload] = &[(&[P::Any], Type::Bool)];
const ONE_ANY_TO_INT: &[Overload] = &[(&[P::Any], Type::Int)];
const ONE_ANY_TO_FLOAT: &[Overload] = &[(&[P::Any], Type::Float)];
const ONE_ANY_TO_TEXT: &[Overload] = &[(&[P::Any], Type::Text)];
const TWO_ANY: &[Overload] = &[(&[P::Any, P::Any], Type::Unknown)];
const FLOAT_TO_BOOL: &[Overload] = &[(&[P::Float], Type::Bool)];
const TEXT_TO_ANY: &[Overload] = &[(&[P::Text], Type::Unknown)];
const TEXT_TO_TEXT: &[Overload] = &[(&[P::Text], Type::Text)];
const TRIM: &[Overload] = &[(&[P::Text], Type::Text), (&[P::Text, P::Text], Type::Text)];
const TEXT_IN_TEXT: &[Overload] = &[(&[P::Text, P::Text], Type::Bool)];
const PLACE_IN_TEXT: &[Overload] = &[(&[P::Text, P::Text], Type::Int)];
const REPEAT: &[Overload] = &[(&[P::Text, P::Int], Type::Text)];
const SPLIT: &[Overload] = &[(&[P::Text, P::Text], Type::Texts), (&[P::Text, P::Text, P::Int], Type::Texts)];
const REPLACE: &[Overload] =
    &[(&[P::Text, P::Text, P::Text, P::Int], Type::Text), (&[P::Text, P::Text, P::Text], Type::Text)];
const REPLACE_ALL: &[Overload] = &[(&[P::Text, P::Text, P::Text], Type::Text)];
const INFO_ITEM: &[Overload] = &[(&[P::Any, P::Text], Type::Text)];
const JOIN: &[Overload] = &[
    (&[P::Texts, P::Text], Type::Text),
    (&[P::List, P::Text], Type::Text),
    (&[P::List], Type::Text),
    (&[P::Texts], Type::Text),
];

/// Every function, in the order an error message lists them.
static FUNCTIONS: &[Function] = &[
    Function { name: "asInt", check: Check::Overloads(ONE_ANY_TO_INT), call: convert::as_int },
    Function { name: "asFloat", check: Check::Overloads(ONE_ANY_TO_FLOAT), call: convert::as_float },
    Function { name: "isNaN", check: Check::Overloads(FLOAT_TO_BOOL), call: convert::is_nan },
    Function { name: "isInf", check: Check::Overloads(FLOAT_TO_BOOL), call: convert::is_inf },
    Function { name: "isNil", check: Check::Overloads(ONE_ANY_TO_BOOL), call: convert::is_nil },
    Function { name: "default", check: Check::Overloads(TWO_ANY), call: convert::default },
    Function { name: "len", check: Check::Rule(convert::len_type), call: convert::len },
    Function { name: "type", check: Check::Overloads(ONE_ANY_TO_TEXT), call: convert::type_of },
    Function { name: "abs", check: Check::Rule(convert::abs_type), call: convert::abs },
    Function { name: "ceil", check: Check::Rule(convert::round_type), call: convert::ceil },
    Function { name: "floor", check: Check::Rule(convert::round_type), call: convert::floor },
    Function { name: "round", check: Check::Rule(convert::round_type), call: convert::round },
    Function { name: "int", check: Check::Rule(convert::int_type), call: convert::int },
    Function { name: "float", check: Check::Rule(convert::float_type), call: convert::float },
    Function { name: "string", check: Check::Overloads(ONE_ANY_TO_TEXT), call: convert::string },
    Function { name: "toJSON", check: Check::Overloads(ONE_ANY_TO_TEXT), call: convert::to_json },
    Function { name: "fromJSON", check: Check::Overloads(TEXT_TO_ANY), call: convert::from_json },
    Function { name: "max", check: Check::Rule(aggregate::rule), call: aggregate::max },
    Function { name: "min", check: Check::Rule(aggregate::rule), call: aggregate::min },
    Function { name: "mean", check: Check::Rule(aggregate::rule), call: aggregate::mean },
    Function { name: "median", check: Check::Rule(aggregate::rule), call: aggregate::median },
    Function { name: "first", check: Check::Rule(list::end_type), call: list::first },
    Function { name: "last", check: Check::Rule(list::end_type), call: list::last },
    Function { name: "get", check: Check::Rule(list::get_type), call: list::get },
    Function { name: "take", check: Check::Rule(list::take_type), call: list::take },
    Function { name: "keys", check: Check::Rule(list::map_parts_type), call: list::keys },
    Function { name: "values", check: Check::Rule(list::map_parts_type), call: list::values },
    Function { name: "reverse", check: Check::Rule(list::one_list_type), call: list::reverse },
    Function { name: "uniq", check: Check::Rule(list::one_list_type), call: list::uniq },
    Function { name: "flatten", check: Check::Rule(list::one_list_type), call: list::flatten },
    Function { name: "concat", check: Check::Rule(list::concat_type), call: list::concat },
    Function { name: "sort", check: Check::Rule(list::sort_type), call: list::sort },
    Function { name: "upper", check: Check::Overloads(TEXT_TO_TEXT), call: text::upper },
    Function { name: "lower", check: Check::Overloads(TEXT_TO_TEXT), call: text::lower },
    Function { name: "trim", check: Check::Overloads(TRIM), call: text::trim },
    Function { name: "trimPrefix", check: Check::Overloads(TRIM), call: text::trim_prefix },
    Function { name: "trimSuffix", check: Check::Overloads(TRIM), call: text::trim_suffix },
    Function { name: "split", check: Check::Overloads(SPLIT), call: text::split },
    Function { name: "splitAfter", check: Check::Overloads(SPLIT), call: text::split_after },
    Function { name: "replace", check: Check::Overloads(REPLACE), call: text::replace },
    Function { name: "repeat", check: Check::Overloads(REPEAT), call: text::repeat },
    Function { name: "join", check: Check::Overloads(JOIN), call: text::join },
    Function { name: "indexOf", check: Check::Overloads(PLACE_IN_TEXT), call: text::index_of },
    Function { name: "lastIndexOf", check: Check::Overloads(PLACE_IN_TEXT), call: text::last_index_of },
    Function { name: "hasPrefix", check: Check::Overloads(TEXT_IN_TEXT), call: text::has_prefix },
    Function { name: "hasSuffix", check: Check::Overloads(TEXT_IN_TEXT), call: text::has_suffix },
];

/// The seconds of a time, for conditions that know times; nobody can call it by a name.
pub(super) static PARSE_TIME: Function =
    Function { name: "time.Parse", check: Check::Overloads(&[(&[P::Text], Type::Float)]), call: convert::parse_time };

/// Functions that are called by a namespace, as `strings.ReplaceAll`: the namespace, the name there, and the function.
pub(super) static NAMESPACED: &[(&str, &str, Function)] = &[
    (
        "strings",
        "ReplaceAll",
        Function { name: "strings.ReplaceAll", check: Check::Overloads(REPLACE_ALL), call: text::replace },
    ),
    (
        "strings",
        "ToUpper",
        Function { name: "strings.ToUpper", check: Check::Overloads(TEXT_TO_TEXT), call: text::upper },
    ),
    (
        "strings",
        "ToLower",
        Function { name: "strings.ToLower", check: Check::Overloads(TEXT_TO_TEXT), call: text::lower },
    ),
    (
        "sync",
        "GetInfoItem",
        Function { name: "sync.GetInfoItem", check: Check::Overloads(INFO_ITEM), call: surroundings::info_item },
    ),
    (
        "repo",
        "RepoURLToHTTPS",
        Function { name: "repo.RepoURLToHTTPS", check: Check::Overloads(TEXT_TO_TEXT), call: surroundings::in_https },
    ),
    (
        "repo",
        "FullNameByRepoURL",
        Function {
            name: "repo.FullNameByRepoURL",
            check: Check::Overloads(TEXT_TO_TEXT),
            call: surroundings::full_name,
        },
    ),
    (
        "repo",
        "QueryEscape",
        Function { name: "repo.QueryEscape", check: Check::Overloads(TEXT_TO_TEXT), call: surroundings::query_escape },
    ),
];

impl Function {
    pub(super) fn named(name: &str) -> Option<&'static Function> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// Whether whole-number literals among the arguments are taken as floats.
    pub(super) fn wants_floats(&self) -> bool {
        matches!(&self.check, Check::Overloads([([Parameter::Float], _)]))
    }

    /// Whether it looks at `result`, whatever it is given.
    pub(super) fn looks_at_the_measurement(&self) -> bool {
        matches!(self.name, "isNil" | "default")
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

/// The names of all functions and predicates, for the message about an unknown one.
pub(super) fn names() -> String {
    let functions = FUNCTIONS.iter().map(|function| function.name);
    let loops = LoopKind::NAMES.iter().map(|(name, _)| *name);
    functions.chain(loops).collect::<Vec<_>>().join(", ")
}

impl Parameter {
    /// Whether an argument of this type may be passed; what is unknown is seen when it runs.
    pub(super) fn accepts(self, found: &Type) -> bool {
        match (self, found) {
            (_, Type::Unknown) | (Parameter::Any, _) => true,
            (Parameter::Int, found) => *found == Type::Int,
            (Parameter::Float, found) => found.is_number(),
            (Parameter::Text, found) => *found == Type::Text,
            (Parameter::List, found) => matches!(found, Type::List(_)),
            (Parameter::Texts, found) => *found == Type::Texts,
        }
    }
}

fn argument(arguments: &[Value], index: usize) -> &Value {
    arguments.get(index).unwrap_or(&Value::Nil)
}

fn as_text(value: &Value) -> Result<&str, Stop> {
    match value {
        Value::String(text) => Ok(text),
        other => fail(format!("expected a string, found {}", other.type_name())),
    }
}

fn as_list(value: &Value) -> Result<&List, Stop> {
    match value {
        Value::List(list) => Ok(list),
        other => fail(format!("expected an array, found {}", other.type_name())),
    }
}
