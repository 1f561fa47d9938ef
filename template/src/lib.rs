//! Text templates in the language of Go's `text/template`, with sprig's functions.
//!
//! Notifications (`template.<name>`) and ApplicationSets (`goTemplate: true`) of `argoproj.io` are written in it. A
//! template means here what it means to Go; `tests/go_answers.tsv` holds what Go makes of ten thousand of them, and
//! `tests/go.rs` holds us to it. Where we differ on purpose, its table says why.
//!
//! ```
//! use sluice_template::{Context, Template};
//!
//! let template = Template::parse("{{ .rollout.metadata.name | upper }} is at {{ .weight }} %").unwrap();
//! let data = serde_json::json!({"rollout": {"metadata": {"name": "web"}}, "weight": 20});
//! let context = Context::at("2026-01-02T15:04:05Z".parse().unwrap());
//! assert_eq!(template.render(&data, &context).unwrap(), "WEB is at 20 %");
//! ```
//!
//! **Nothing from outside.** No clock (`now` is an argument), no environment, no network, no file, no randomness: the
//! functions that need one are refused by name. Time zones are those compiled in; the local zone is UTC.
//!
//! **No secret in an error.** Messages name fields as the template writes them and types, never a value. What a
//! template hands to `fail` is shown if it is a literal, else only where [`FailTexts::All`] is asked for.
//!
//! **Bounded.** [`Limits`] bound source, steps, output and memory, nesting is bounded too, and regular expressions run
//! in linear time: a hostile template ends with an error, and soon.
//!
//! The engine is our own. `gtmpl-ng` was tried first: it knows one type of number, so that `eq 1 1.0` holds where Go
//! refuses it and `%T` and `%d` of a JSON number are wrong, it takes a null for a missing field, it has no `else with`,
//! and its functions are plain pointers, which can hold nothing of the caller's.
//!
//! Read `lex.rs`, `parse.rs`, `exec.rs`; then `functions.rs`, which lists the functions by file.

mod args;
mod env;
mod error;
mod exec;
mod format;
mod functions;
mod json;
mod lex;
mod limits;
mod methods;
mod node;
mod number;
mod parse;
mod pattern;
mod semver;
#[cfg(test)]
mod tests;
mod time;
mod unquote;
mod uri;
mod value;
mod yaml;

use std::sync::Arc;

use env::Env;
use error::Failure;
pub use error::{ParseError, Position, RenderError};
use exec::{Machine, Stop};
pub use functions::Functions;
use jiff::Timestamp;
pub use limits::Limits;
use parse::Trees;
pub use semver::Version;
pub use time::Moment;
pub use value::{List, Map, Native, Value};

/// A template, parsed; rendering it changes nothing.
#[derive(Debug, Clone)]
pub struct Template {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    source: String,
    trees: Trees,
    functions: Functions,
}

/// What a rendering is given besides the data. Values of variables stay in their thread, and so does a context.
#[derive(Debug, Clone)]
pub struct Context {
    /// The present.
    pub now: Timestamp,
    /// What a field gives that is not there.
    pub missing_key: MissingKey,
    /// What the rendering may cost.
    pub limits: Limits,
    /// Which texts of `fail` may be shown.
    pub fail_texts: FailTexts,
    /// Variables beside the fields of the data, for values that JSON does not have: `time` with its functions. They
    /// hide fields of the same name.
    pub variables: Vec<(String, Value)>,
}

/// What a field gives that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingKey {
    /// `missingkey=default`: it prints as `<no value>`.
    #[default]
    NoValue,
    /// `missingkey=error`: rendering ends with an error.
    Error,
}

/// Which texts that a template hands to `fail` get into the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailTexts {
    /// Literals of the template; computed texts may hold a secret of the data.
    #[default]
    Literal,
    /// All: the data hold no secrets.
    All,
}

impl Context {
    /// A context at a time, with everything else as it is by default.
    pub fn at(now: Timestamp) -> Self {
        Context {
            now,
            missing_key: MissingKey::default(),
            limits: Limits::default(),
            fail_texts: FailTexts::default(),
            variables: Vec::new(),
        }
    }
}

impl Template {
    /// Reads a template that calls the standard functions.
    ///
    /// Errors name line and character of the first mistake. A function that is not there is one.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        Self::parse_with(source, Functions::standard(), &Limits::default())
    }

    /// Reads a template that may also call functions of the caller.
    pub fn parse_with(source: &str, functions: Functions, limits: &Limits) -> Result<Self, ParseError> {
        if source.len() > limits.source {
            return Err(ParseError::TooLong { bytes: source.len(), limit: limits.source });
        }
        let trees = parse::parse(source, &|name| functions.check(name))
            .map_err(|(at, message)| (Position::of(source, at), error::shortened(message)))
            .map_err(|(at, message)| ParseError::Syntax { at, message })?;
        Ok(Template { inner: Arc::new(Inner { source: source.to_owned(), trees, functions }) })
    }

    /// Renders the template for some data.
    pub fn render(&self, data: &serde_json::Value, context: &Context) -> Result<String, RenderError> {
        let mut env = Env::new(Moment::utc(context.now), context.limits, context.fail_texts);
        let data = Value::from_json(data, 0)
            .and_then(|data| with_variables(data.unwrapped(), &context.variables, &mut env))
            .map_err(|failure| self.error(Stop { at: 0, template: None, failure }))?;
        let Trees { main, defined } = &self.inner.trees;
        let machine = Machine::new(defined, &self.inner.functions, context.missing_key, env);
        machine.render(main, &data).map_err(|stop| self.error(stop))
    }

    fn error(&self, stop: Stop) -> RenderError {
        let Stop { at, template, failure } = stop;
        let at = Position::of(&self.inner.source, at);
        let template = template.map(error::shortened);
        match failure {
            Failure::Says(message) => RenderError::Evaluate { template, at, message: error::shortened(message) },
            Failure::Limit(message) => RenderError::Limit { template, at, message },
        }
    }
}

fn with_variables(data: Value, variables: &[(String, Value)], env: &mut Env) -> Result<Value, Failure> {
    if variables.is_empty() {
        return Ok(data);
    }
    let map = match data {
        Value::Map(map) => map,
        Value::Missing => Map::new(value::Of::Any, std::collections::BTreeMap::new()),
        other => return Err(format!("variables need data that are a map, but these are {}", other.type_name()).into()),
    };
    for (name, value) in variables {
        map.set(name, value.clone(), &mut env.budget)?;
    }
    Ok(Value::Map(map))
}
