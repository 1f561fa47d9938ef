//! Functions on texts.

use std::collections::BTreeSet;

use super::super::machine::{Machine, Outcome, Stop, fail};
use super::super::number;
use super::super::operators::index;
use super::super::value::{Elements, Value};
use super::{argument, as_text};

/// The most a single `repeat` may make.
const REPEAT_LIMIT: i64 = 1_000_000;

fn text<'a>(machine: &mut Machine, arguments: &'a [Value], index: usize) -> Result<&'a str, Stop> {
    let text = as_text(argument(arguments, index))?;
    machine.read(text)?;
    Ok(text)
}

/// A character's single-character mapping; others stay as they are, as in Go.
fn mapped(char: char, mut to: impl ExactSizeIterator<Item = char>) -> char {
    match (to.len(), to.next()) {
        (1, Some(mapped)) => mapped,
        _ => char,
    }
}

pub(super) fn upper(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let text = text(machine, arguments, 0)?;
    machine.text(text.chars().map(|char| mapped(char, char.to_uppercase())).collect())
}

pub(super) fn lower(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let text = text(machine, arguments, 0)?;
    machine.text(text.chars().map(|char| mapped(char, char.to_lowercase())).collect())
}

/// `trim(s)` takes blanks off both ends, `trim(s, chars)` those characters.
pub(super) fn trim(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let whole = text(machine, arguments, 0)?;
    if arguments.len() == 1 {
        return machine.text(whole.trim().to_owned());
    }
    let cut: BTreeSet<char> = text(machine, arguments, 1)?.chars().collect();
    machine.text(whole.trim_matches(|char| cut.contains(&char)).to_owned())
}

fn affix<'a>(machine: &mut Machine, arguments: &'a [Value]) -> Result<&'a str, Stop> {
    if arguments.len() == 1 { Ok(" ") } else { text(machine, arguments, 1) }
}

pub(super) fn trim_prefix(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let whole = text(machine, arguments, 0)?;
    let prefix = affix(machine, arguments)?;
    machine.text(whole.strip_prefix(prefix).unwrap_or(whole).to_owned())
}

pub(super) fn trim_suffix(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let whole = text(machine, arguments, 0)?;
    let suffix = affix(machine, arguments)?;
    machine.text(whole.strip_suffix(suffix).unwrap_or(whole).to_owned())
}

/// An optional limit argument; negative and absent mean none.
fn limit(arguments: &[Value], place: usize) -> Result<usize, Stop> {
    match arguments.get(place) {
        None => Ok(usize::MAX),
        Some(value) => Ok(usize::try_from(index(value)?).unwrap_or(usize::MAX)),
    }
}

pub(super) fn split(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    split_with(machine, arguments, 0)
}

pub(super) fn split_after(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let separator = text(machine, arguments, 1)?;
    split_with(machine, arguments, separator.len())
}

/// Splits and leaves `keep` bytes of the separator at the end of each part.
fn split_with(machine: &mut Machine, arguments: &[Value], keep: usize) -> Outcome {
    let (whole, separator) = (text(machine, arguments, 0)?, text(machine, arguments, 1)?);
    let limit = limit(arguments, 2)?;
    machine.reserve(whole.len())?;
    let mut parts = Vec::new();
    let mut rest = whole;
    while parts.len().saturating_add(1) < limit {
        machine.spend(1)?;
        let Some((start, end)) = cut(rest, separator) else { break };
        parts.push(Value::text(rest.get(..start + keep).unwrap_or("")));
        rest = rest.get(end..).unwrap_or("");
    }
    // Splitting nothing into characters gives no parts at all.
    if limit > 0 && !(separator.is_empty() && whole.is_empty()) {
        parts.push(Value::text(rest));
    }
    machine.list(parts, Elements::String)
}

/// Where the next part ends and the one after starts; an empty separator cuts after each character.
fn cut(rest: &str, separator: &str) -> Option<(usize, usize)> {
    if separator.is_empty() {
        let (second, _) = rest.char_indices().nth(1)?;
        return Some((second, second));
    }
    let start = rest.find(separator)?;
    Some((start, start + separator.len()))
}

pub(super) fn replace(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let (whole, old) = (text(machine, arguments, 0)?, text(machine, arguments, 1)?);
    let new = text(machine, arguments, 2)?;
    let limit = limit(arguments, 3)?;
    let places = whole.matches(old).count().min(limit);
    machine.reserve(places.saturating_mul(new.len()))?;
    machine.text(whole.replacen(old, new, limit))
}

pub(super) fn repeat(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let part = text(machine, arguments, 0)?;
    let times = index(argument(arguments, 1))?;
    let Ok(count) = usize::try_from(times) else { return fail(format!("a text cannot be repeated {times} times")) };
    if times > REPEAT_LIMIT {
        return Err(Stop::Limit(format!("it repeats a text more than {REPEAT_LIMIT} times")));
    }
    machine.reserve(part.len().saturating_mul(count))?;
    Ok(Value::String(part.repeat(count).into()))
}

pub(super) fn join(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let parts = super::as_list(argument(arguments, 0))?;
    let glue = if arguments.len() > 1 { text(machine, arguments, 1)? } else { "" };
    machine.spend(parts.len())?;
    let mut joined = String::new();
    for (place, part) in parts.iter().enumerate() {
        let part = as_text(part)?;
        machine.reserve(part.len() + glue.len())?;
        joined.push_str(if place == 0 { "" } else { glue });
        joined.push_str(part);
    }
    Ok(Value::String(joined.into()))
}

pub(super) fn index_of(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let found = text(machine, arguments, 0)?.find(text(machine, arguments, 1)?);
    Ok(Value::Int(found.map_or(-1, number::count)))
}

pub(super) fn last_index_of(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let found = text(machine, arguments, 0)?.rfind(text(machine, arguments, 1)?);
    Ok(Value::Int(found.map_or(-1, number::count)))
}

pub(super) fn has_prefix(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let (whole, part) = (text(machine, arguments, 0)?, text(machine, arguments, 1)?);
    Ok(Value::Bool(whole.starts_with(part)))
}

pub(super) fn has_suffix(machine: &mut Machine, arguments: &[Value]) -> Outcome {
    let (whole, part) = (text(machine, arguments, 0)?, text(machine, arguments, 1)?);
    Ok(Value::Bool(whole.ends_with(part)))
}
