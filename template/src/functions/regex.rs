//! Regular expressions of Go's dialect, in linear time.

use super::{Builtin, Outcome, takes};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::limits::Growing;
use crate::number;
use crate::value::{List, Of, Value};

const TWO: &[Type] = &[Type::Text, Type::Text];
const TWO_AND_COUNT: &[Type] = &[Type::Text, Type::Text, Type::Int];
const THREE: &[Type] = &[Type::Text, Type::Text, Type::Text];

pub(super) const FUNCTIONS: &[Builtin] = &[
    // A pattern that is none matches nothing, as in Go.
    takes("regexMatch", TWO, |args, env| {
        is_match(args, env).or_else(|failure| match failure {
            Failure::Says(_) => Ok(Value::Bool(false)),
            limit @ Failure::Limit(_) => Err(limit),
        })
    }),
    takes("mustRegexMatch", TWO, is_match),
    takes("regexFind", TWO, find),
    takes("mustRegexFind", TWO, find),
    takes("regexFindAll", TWO_AND_COUNT, find_all),
    takes("mustRegexFindAll", TWO_AND_COUNT, find_all),
    takes("regexReplaceAll", THREE, |args, env| replace(args, env, Replacement::Template)),
    takes("mustRegexReplaceAll", THREE, |args, env| replace(args, env, Replacement::Template)),
    takes("regexReplaceAllLiteral", THREE, |args, env| replace(args, env, Replacement::Literal)),
    takes("mustRegexReplaceAllLiteral", THREE, |args, env| replace(args, env, Replacement::Literal)),
    takes("regexSplit", TWO_AND_COUNT, split),
    takes("mustRegexSplit", TWO_AND_COUNT, split),
    takes("regexQuoteMeta", &[Type::Text], |args, _| Ok(quote_meta(args.text(0)?).into())),
];

fn is_match(args: &Args, env: &mut Env) -> Outcome {
    let pattern = env.pattern(args.text(0)?)?;
    Ok(pattern.is_match(args.text(1)?).into())
}

fn find(args: &Args, env: &mut Env) -> Outcome {
    let pattern = env.pattern(args.text(0)?)?;
    Ok(pattern.find(args.text(1)?).map_or("", |found| found.as_str()).into())
}

fn find_all(args: &Args, env: &mut Env) -> Outcome {
    let pattern = env.pattern(args.text(0)?)?;
    let most = number::size(args.int(2)?).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for one in pattern.find_iter(args.text(1)?).take(most) {
        matched(args.text(1)?, one.end(), env)?;
        found.push(one.as_str());
    }
    if found.is_empty() { Ok(no_texts()) } else { Ok(Value::texts(found)) }
}

/// Counts one of many matches: to find the next, the whole rest of the text may have to be read.
fn matched(text: &str, from: usize, env: &mut Env) -> Result<(), Failure> {
    env.budget.step(1 + text.len().saturating_sub(from) / 256)?;
    env.budget.hold(32)
}

/// Where Go gives no list at all.
fn no_texts() -> Value {
    Value::List(List::new(Of::NoText, Vec::new()))
}

/// Whether `$1` in a replacement means a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Replacement {
    Template,
    Literal,
}

fn replace(args: &Args, env: &mut Env, replacement: Replacement) -> Outcome {
    let (text, by) = (args.text(1)?, args.text(2)?);
    let pattern = env.pattern(args.text(0)?)?;
    let mut out = Growing::new(env.budget.limits().text);
    let mut from = 0;
    for found in pattern.captures_iter(text) {
        let whole = found.get(0).map_or(0..0, |whole| whole.range());
        matched(text, whole.end, env)?;
        env.budget.step(by.len() / 64)?;
        out.push(text.get(from..whole.start).unwrap_or_default())?;
        from = whole.end;
        if replacement == Replacement::Literal {
            out.push(by)?;
        } else {
            expand(&found, by, &mut out)?;
        }
    }
    out.push(text.get(from..).unwrap_or_default())?;
    Ok(out.finish().into())
}

/// Writes a replacement: `$name`, `${name}` are groups, `$$` is a dollar.
fn expand(found: &regex::Captures<'_>, by: &str, out: &mut Growing) -> Result<(), Failure> {
    let mut rest = by;
    while let Some((before, after)) = rest.split_once('$') {
        out.push(before)?;
        if let Some(after) = after.strip_prefix('$') {
            out.push("$")?;
            rest = after;
            continue;
        }
        let is_name = |char: char| char == '_' || char.is_alphanumeric();
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after) = match braced {
            Some((name, after)) if !name.is_empty() && name.chars().all(is_name) => (name, after),
            _ => after.split_at(after.len() - after.trim_start_matches(is_name).len()),
        };
        if name.is_empty() {
            out.push("$")?;
        } else {
            let group = match name.parse::<usize>() {
                Ok(index) => found.get(index),
                Err(_) => found.name(name),
            };
            out.push(group.map_or("", |group| group.as_str()))?;
        }
        rest = after;
    }
    out.push(rest)
}

fn split(args: &Args, env: &mut Env) -> Outcome {
    let (text, count) = (args.text(1)?, args.int(2)?);
    let pattern = env.pattern(args.text(0)?)?;
    let most = number::size(count).unwrap_or(usize::MAX);
    if most == 0 {
        return Ok(no_texts());
    }
    if text.is_empty() && !args.text(0)?.is_empty() {
        return Ok(Value::texts([""]));
    }
    let mut parts = Vec::new();
    let (mut from, mut end) = (0, 0);
    for found in pattern.find_iter(text) {
        matched(text, found.end(), env)?;
        if parts.len() + 1 == most {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(text.get(from..end).unwrap_or_default());
        }
        from = found.end();
    }
    if end != text.len() {
        parts.push(text.get(from..).unwrap_or_default());
    }
    Ok(Value::texts(parts))
}

fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if r"\.+*?()|[]{}^$".contains(char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}
