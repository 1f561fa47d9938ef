//! The functions that templates may call: Go's own, sprig's and Argo's, and those of the caller.

mod argo;
mod cases;
mod compare;
mod convert;
mod date;
mod decimal;
mod dict;
mod encode;
mod escape;
mod fault;
mod flow;
mod language;
mod list;
mod list_edit;
mod math;
mod path;
mod reflect;
mod refused;
mod regex;
mod semver;
mod text;
mod url;
mod words;
mod wrap;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::value::{Native, Value};

/// What a function gives.
pub(crate) type Outcome = Result<Value, Failure>;

/// A function of this crate: what it takes, and what it does.
#[derive(Debug)]
pub(crate) struct Builtin {
    name: &'static str,
    pub(crate) fixed: &'static [Type],
    pub(crate) rest: Option<Type>,
    pub(crate) run: fn(&Args, &mut Env) -> Outcome,
}

/// A function that takes just these arguments.
const fn takes(name: &'static str, fixed: &'static [Type], run: fn(&Args, &mut Env) -> Outcome) -> Builtin {
    Builtin { name, fixed, rest: None, run }
}

/// A function that takes these arguments, and any number of further ones of a type.
const fn takes_more(
    name: &'static str,
    fixed: &'static [Type],
    rest: Type,
    run: fn(&Args, &mut Env) -> Outcome,
) -> Builtin {
    Builtin { name, fixed, rest: Some(rest), run }
}

/// What is found under a name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Callee<'f> {
    Own(&'f Native),
    Builtin(&'static Builtin),
    /// These three are the evaluator's: it need not evaluate all of their arguments, or must see them as written.
    And,
    Or,
    Fail,
}

static BUILTINS: LazyLock<BTreeMap<&'static str, &'static Builtin>> = LazyLock::new(|| {
    let tables: [&'static [Builtin]; 22] = [
        argo::FUNCTIONS,
        cases::FUNCTIONS,
        compare::FUNCTIONS,
        convert::FUNCTIONS,
        date::FUNCTIONS,
        decimal::FUNCTIONS,
        dict::FUNCTIONS,
        encode::FUNCTIONS,
        escape::FUNCTIONS,
        flow::FUNCTIONS,
        language::FUNCTIONS,
        list::FUNCTIONS,
        list_edit::FUNCTIONS,
        math::FUNCTIONS,
        path::FUNCTIONS,
        reflect::FUNCTIONS,
        regex::FUNCTIONS,
        semver::FUNCTIONS,
        text::FUNCTIONS,
        url::FUNCTIONS,
        words::FUNCTIONS,
        wrap::FUNCTIONS,
    ];
    tables.into_iter().flatten().map(|builtin| (builtin.name, builtin)).collect()
});

/// The functions of a template: all that this crate has, and own ones, which go first.
#[derive(Debug, Clone, Default)]
pub struct Functions {
    own: BTreeMap<String, Native>,
}

impl Functions {
    /// The functions of Go's text/template, sprig and Argo.
    pub fn standard() -> Self {
        Functions::default()
    }

    /// Adds a function of the caller, which gets its arguments as they are. Its message must hold no value.
    #[must_use]
    pub fn with(mut self, name: &str, run: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static) -> Self {
        if let Value::Function(native) = Value::function(name, run) {
            self.own.insert(name.to_owned(), native);
        }
        self
    }

    pub(crate) fn find(&self, name: &str) -> Option<Callee<'_>> {
        if let Some(native) = self.own.get(name) {
            return Some(Callee::Own(native));
        }
        match name {
            "and" => Some(Callee::And),
            "or" => Some(Callee::Or),
            "fail" => Some(Callee::Fail),
            _ => BUILTINS.get(name).map(|builtin| Callee::Builtin(builtin)),
        }
    }

    /// Looks that a name may be called, and says why not.
    pub(crate) fn check(&self, name: &str) -> Result<(), String> {
        if self.find(name).is_some() {
            return Ok(());
        }
        Err(match refused::reason(name) {
            Some(reason) => format!("the function {name} is refused: {reason}"),
            None => format!("there is no function {name}"),
        })
    }

    /// The names of all functions of this crate.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTINS.keys().copied().chain(["and", "or", "fail"])
    }
}
