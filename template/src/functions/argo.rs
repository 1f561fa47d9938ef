//! What Argo adds to sprig in ApplicationSets: YAML, and names made fit for objects.

use super::{Builtin, Outcome, takes, takes_more};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::number;
use crate::value::{List, Map, Of, Value};
use crate::yaml;

/// The longest name of an object.
const NAME_LIMIT: usize = 253;
/// The longest slug, unless the template asks for another length.
const SLUG_LIMIT: i64 = 50;

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("toYaml", &[Type::Any], |args, env| Ok(yaml::write(args.any(0)?, &mut env.budget)?.into())),
    takes("fromYaml", &[Type::Text], |args, env| match read(args, env)? {
        map @ Value::Map(_) => Ok(map),
        // An empty document leaves the map that Go reads it into as it is.
        Value::Nil => Ok(Value::Map(Map::nothing())),
        other => Err(format!("the YAML is {}, no map; use fromYamlArray for a list", other.type_name()).into()),
    }),
    takes("fromYamlArray", &[Type::Text], |args, env| match read(args, env)? {
        list @ Value::List(_) => Ok(list),
        Value::Nil => Ok(Value::List(List::new(Of::Nothing, Vec::new()))),
        other => Err(format!("the YAML is {}, no list; use fromYaml for a map", other.type_name()).into()),
    }),
    takes("normalize", &[Type::Text], |args, _| Ok(normalize(args.text(0)?).into())),
    takes_more("slugify", &[], Type::Any, slugify),
];

fn read(args: &Args, env: &mut Env) -> Outcome {
    yaml::read(args.text(0)?, &mut env.budget)
}

/// A name of lower-case letters, digits, `-` and `.`.
fn normalize(text: &str) -> String {
    let fits = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-' || char == '.';
    let lower = text.chars().map(super::words::lower);
    let name: String = lower.map(|char| if fits(char) { char } else { '-' }).take(NAME_LIMIT).collect();
    name.trim_matches(['-', '.']).to_owned()
}

/// A text as part of a URL: up to three arguments, the length, whether words stay whole, and the text.
fn slugify(args: &Args, env: &mut Env) -> Outcome {
    let wrong = |what: &str, value: &Value| format!("expected {what}, but this is {}", value.type_name());
    let (mut limit, mut whole_words, mut text) = (SLUG_LIMIT, false, "");
    for (index, value) in args.values().iter().enumerate() {
        match (index, value) {
            (0, Value::Int(size)) => limit = *size,
            (0, other) => return Err(wrong("an int, the longest length", other).into()),
            (1, Value::Bool(value)) => whole_words = *value,
            (1, other) => return Err(wrong("a bool, whether words stay whole", other).into()),
            (2, Value::Text(value)) => text = value,
            (2, other) => return Err(wrong("a string", other).into()),
            _ => (),
        }
    }
    let Some(limit) = number::size(limit) else { return Err("the length is negative".into()) };
    // One character may become several letters.
    env.budget.text(text.len().saturating_mul(4))?;
    let slug = slug(text, if whole_words { None } else { Some(limit) });
    Ok(if whole_words && limit > 0 { at_word_end(&slug, limit).to_owned() } else { slug }.into())
}

fn slug(text: &str, limit: Option<usize>) -> String {
    let spelled: String = text.trim().chars().map(spell).collect();
    let latin = deunicode::deunicode_with_tofu_cow(&spelled, "").to_lowercase();
    let cut = latin.get(..limit.unwrap_or(latin.len())).unwrap_or(&latin);
    let mut out = String::new();
    for char in cut.chars() {
        let char = if char.is_ascii_alphanumeric() || char == '_' { char } else { '-' };
        if !(char == '-' && out.ends_with('-')) {
            out.push(char);
        }
    }
    out.trim_matches(['-', '_']).to_owned()
}

/// What is written out before letters are made Latin.
fn spell(char: char) -> String {
    match char {
        '&' => "and".to_owned(),
        '@' => "at".to_owned(),
        '"' | '\'' | '’' => String::new(),
        '‒' | '–' | '—' | '―' | '_' => "-".to_owned(),
        _ => char.to_string(),
    }
}

/// Cuts a slug at the last dash before its limit.
fn at_word_end(slug: &str, limit: usize) -> &str {
    if slug.len() <= limit {
        return slug;
    }
    let dash = slug.get(..=limit).and_then(|start| start.rfind('-'));
    slug.get(..dash.unwrap_or(limit)).unwrap_or(slug)
}
