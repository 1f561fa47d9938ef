//! Texts: cutting, trimming, joining, replacing.

use super::{Builtin, Outcome, takes, takes_more};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::format;
use crate::limits::Growing;
use crate::number;
use crate::value::{Map, Of, Value};

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("hello", &[], |_, _| Ok("Hello!".into())),
    takes("trim", &[Type::Text], |args, _| Ok(args.text(0)?.trim().into())),
    takes("trimall", &[Type::Text, Type::Text], trim_all),
    takes("trimAll", &[Type::Text, Type::Text], trim_all),
    takes("trimSuffix", &[Type::Text, Type::Text], |args, _| {
        let text = args.text(1)?;
        Ok(text.strip_suffix(args.text(0)?).unwrap_or(text).into())
    }),
    takes("trimPrefix", &[Type::Text, Type::Text], |args, _| {
        let text = args.text(1)?;
        Ok(text.strip_prefix(args.text(0)?).unwrap_or(text).into())
    }),
    takes("contains", &[Type::Text, Type::Text], |args, _| Ok(args.text(1)?.contains(args.text(0)?).into())),
    takes("hasPrefix", &[Type::Text, Type::Text], |args, _| Ok(args.text(1)?.starts_with(args.text(0)?).into())),
    takes("hasSuffix", &[Type::Text, Type::Text], |args, _| Ok(args.text(1)?.ends_with(args.text(0)?).into())),
    takes("repeat", &[Type::Int, Type::Text], repeat),
    takes("substr", &[Type::Int, Type::Int, Type::Text], substr),
    takes("trunc", &[Type::Int, Type::Text], trunc),
    takes("abbrev", &[Type::Int, Type::Text], |args, _| Ok(abbreviate(0, args.int(0)?, args.text(1)?).into())),
    takes("abbrevboth", &[Type::Int, Type::Int, Type::Text], abbrevboth),
    takes("indent", &[Type::Int, Type::Text], |args, env| indent(args, env, "")),
    takes("nindent", &[Type::Int, Type::Text], |args, env| indent(args, env, "\n")),
    takes("replace", &[Type::Text, Type::Text, Type::Text], replace),
    takes("plural", &[Type::Text, Type::Text, Type::Int], |args, _| {
        Ok(args.text(usize::from(args.int(2)? != 1))?.into())
    }),
    takes_more("quote", &[], Type::Any, quote),
    takes_more("squote", &[], Type::Any, squote),
    takes_more("cat", &[], Type::Any, cat),
    takes("split", &[Type::Text, Type::Text], |args, env| {
        let parts = split(args.text(1)?, args.text(0)?, None);
        numbered(&parts, env)
    }),
    takes("splitn", &[Type::Text, Type::Int, Type::Text], |args, env| {
        let parts = split(args.text(2)?, args.text(0)?, number::size(args.int(1)?));
        numbered(&parts, env)
    }),
    takes("splitList", &[Type::Text, Type::Text], |args, env| {
        let parts = split(args.text(1)?, args.text(0)?, None);
        env.budget.list(parts.len())?;
        Ok(Value::texts(parts))
    }),
];

fn trim_all(args: &Args, _: &mut Env) -> Outcome {
    let set = args.text(0)?;
    Ok(args.text(1)?.trim_matches(|char| set.contains(char)).into())
}

fn repeat(args: &Args, env: &mut Env) -> Outcome {
    let Some(count) = number::size(args.int(0)?) else { return Err("the count is negative".into()) };
    let text = args.text(1)?;
    env.budget.text(text.len().saturating_mul(count))?;
    Ok(text.repeat(count).into())
}

/// The part of a text between two bytes. Half a character at either end is left out.
fn cut(text: &str, from: usize, to: usize) -> &str {
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let to = text.floor_char_boundary(to);
    text.get(from..to).unwrap_or_default()
}

fn substr(args: &Args, _: &mut Env) -> Outcome {
    let (start, end, text) = (number::size(args.int(0)?), number::size(args.int(1)?), args.text(2)?);
    let range = match (start, end) {
        (None, Some(end)) if end <= text.len() => (0, end),
        (None, _) => return Err("the end is outside of the text".into()),
        (Some(start), Some(end)) if end <= text.len() => (start, end),
        (Some(start), _) => (start, text.len()),
    };
    if range.0 > range.1 {
        return Err("the start lies behind the end".into());
    }
    Ok(cut(text, range.0, range.1).into())
}

fn trunc(args: &Args, _: &mut Env) -> Outcome {
    let (count, text) = (args.int(0)?, args.text(1)?);
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    Ok(match text.len().checked_sub(length) {
        None | Some(0) => text,
        Some(rest) if count < 0 => cut(text, rest, text.len()),
        Some(_) => cut(text, 0, length),
    }
    .into())
}

fn abbrevboth(args: &Args, _: &mut Env) -> Outcome {
    let (left, right, text) = (args.int(0)?, args.int(1)?, args.text(2)?);
    if right < 4 || left > 0 && right < 7 {
        return Ok(text.into());
    }
    Ok(abbreviate(left, right, text).into())
}

/// Shortens a text to `width` bytes by dots, after leaving out `offset` bytes.
fn abbreviate(offset: i64, width: i64, text: &str) -> String {
    let (Some(width), offset) = (number::size(width).filter(|width| *width >= 4), offset) else {
        return text.to_owned();
    };
    if text.len() <= width {
        return text.to_owned();
    }
    let room = width - 3;
    let mut offset = number::size(offset).unwrap_or(0).min(text.len());
    if text.len() - offset < room {
        offset = text.len() - room;
    }
    if offset <= 4 {
        return format!("{}...", cut(text, 0, room));
    }
    if width < 7 {
        return String::new();
    }
    if offset + room < text.len() {
        return format!("...{}", abbreviate(0, number::count(room), cut(text, offset, text.len())));
    }
    format!("...{}", cut(text, text.len() - room, text.len()))
}

fn indent(args: &Args, env: &mut Env, before: &str) -> Outcome {
    let Some(spaces) = number::size(args.int(0)?) else { return Err("the number of spaces is negative".into()) };
    let text = args.text(1)?;
    let lines = 1 + text.matches('\n').count();
    env.budget.text(spaces.saturating_mul(lines).saturating_add(text.len()))?;
    let pad = " ".repeat(spaces);
    Ok(format!("{before}{pad}{}", text.replace('\n', &format!("\n{pad}"))).into())
}

fn replace(args: &Args, env: &mut Env) -> Outcome {
    let (old, new, text) = (args.text(0)?, args.text(1)?, args.text(2)?);
    let found = text.matches(old).count();
    env.budget.text(found.saturating_mul(new.len()).saturating_add(text.len()))?;
    Ok(text.replace(old, new).into())
}

fn quote(args: &Args, env: &mut Env) -> Outcome {
    joined(args, env, |value, env| Ok(format::quoted(&format::text_of(value, &mut env.budget)?)))
}

fn squote(args: &Args, env: &mut Env) -> Outcome {
    joined(args, env, |value, env| Ok(format!("'{}'", format::shown(value, &mut env.budget)?)))
}

fn cat(args: &Args, env: &mut Env) -> Outcome {
    joined(args, env, |value, env| format::shown(value, &mut env.budget))
}

/// All arguments but nil ones, with spaces between.
fn joined(args: &Args, env: &mut Env, one: fn(&Value, &mut Env) -> Result<String, Failure>) -> Outcome {
    let mut out = Growing::new(env.budget.limits().text);
    let mut first = true;
    for value in args.values().iter().filter(|value| !value.is_nil()) {
        out.push(if first { "" } else { " " })?;
        out.push(&one(value, env)?)?;
        first = false;
    }
    Ok(out.finish().into())
}

/// Splits a text as `strings.SplitN`; `None` is without a limit.
fn split<'t>(text: &'t str, separator: &str, most: Option<usize>) -> Vec<&'t str> {
    let most = most.unwrap_or(usize::MAX);
    if !separator.is_empty() {
        return text.splitn(most, separator).collect();
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let length = if parts.len() + 1 >= most { rest.len() } else { char.len_utf8() };
        let (part, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        parts.push(part);
        rest = after;
    }
    if most == 0 { Vec::new() } else { parts }
}

/// A map of parts under the names `_0`, `_1` and so on.
fn numbered(parts: &[&str], env: &mut Env) -> Outcome {
    env.budget.list(parts.len().saturating_mul(4))?;
    let entries = parts.iter().enumerate().map(|(index, part)| (format!("_{index}").into(), Value::text(part)));
    Ok(Value::Map(Map::new(Of::Text, entries.collect())))
}
