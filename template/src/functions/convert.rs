//! JSON, and texts of values.

use super::{Builtin, Outcome, takes};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::format;
use crate::json::{self, Style};
use crate::value::Value;

const ONE: &[Type] = &[Type::Any];
const TEXT: &[Type] = &[Type::Text];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("toString", ONE, |args, env| Ok(format::text_of(args.any(0)?, &mut env.budget)?.into())),
    takes("toJson", ONE, |args, env| written(args, env, Style::Compact).or_else(|failure| silent(failure, ""))),
    takes("mustToJson", ONE, |args, env| written(args, env, Style::Compact)),
    takes("toPrettyJson", ONE, |args, env| written(args, env, Style::Pretty).or_else(|failure| silent(failure, ""))),
    takes("mustToPrettyJson", ONE, |args, env| written(args, env, Style::Pretty)),
    takes("toRawJson", ONE, |args, env| written(args, env, Style::Raw)),
    takes("mustToRawJson", ONE, |args, env| written(args, env, Style::Raw)),
    takes("fromJson", TEXT, |args, env| read(args, env).or_else(|failure| silent(failure, Value::Nil))),
    takes("mustFromJson", TEXT, read),
];

/// Goes on in spite of a mistake, as these functions do, but never beyond a limit.
fn silent(failure: Failure, instead: impl Into<Value>) -> Outcome {
    match failure {
        Failure::Says(_) => Ok(instead.into()),
        limit @ Failure::Limit(_) => Err(limit),
    }
}

fn written(args: &Args, env: &mut Env, style: Style) -> Outcome {
    Ok(json::write(args.any(0)?, style, &mut env.budget)?.into())
}

fn read(args: &Args, env: &mut Env) -> Outcome {
    let text = args.text(0)?;
    // An empty list of two bytes takes as much memory as a value.
    env.budget.hold(text.len().saturating_mul(24))?;
    env.budget.step(text.len() / 16)?;
    match serde_json::from_str(text) {
        Ok(document) => Value::from_json(&document, 0),
        Err(error) => Err(format!("the text is no JSON at line {}, column {}", error.line(), error.column()).into()),
    }
}
