//! Escaping for HTML, JavaScript and URLs.

use super::{Builtin, takes_more};
use crate::args::Type;
use crate::env::Env;
use crate::error::Failure;
use crate::format;
use crate::limits::Growing;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes_more("html", &[], Type::Any, |args, env| escaped(args.values(), env, html)),
    takes_more("js", &[], Type::Any, |args, env| escaped(args.values(), env, js)),
    takes_more("urlquery", &[], Type::Any, |args, env| escaped(args.values(), env, query)),
];

fn escaped(
    values: &[Value],
    env: &mut Env,
    escape: fn(char, &mut Growing) -> Result<(), Failure>,
) -> Result<Value, Failure> {
    // A nil prints as a text here, so that no space is put beside it.
    let shown = |value: &Value| if value.is_nil() { Value::text("<no value>") } else { value.clone() };
    let shown: Vec<Value> = values.iter().map(shown).collect();
    let text = format::print(&shown, &mut env.budget)?;
    let mut out = Growing::new(env.budget.limits().text);
    text.chars().try_for_each(|char| escape(char, &mut out))?;
    Ok(out.finish().into())
}

fn html(char: char, out: &mut Growing) -> Result<(), Failure> {
    match char {
        '\0' => out.push("\u{fffd}"),
        '"' => out.push("&#34;"),
        '\'' => out.push("&#39;"),
        '&' => out.push("&amp;"),
        '<' => out.push("&lt;"),
        '>' => out.push("&gt;"),
        _ => out.push_char(char),
    }
}

fn js(char: char, out: &mut Growing) -> Result<(), Failure> {
    match char {
        '\\' => out.push("\\\\"),
        '\'' => out.push("\\'"),
        '"' => out.push("\\\""),
        '<' | '>' | '&' | '=' => out.push(&format!("\\u{:04X}", u32::from(char))),
        _ if char < ' ' || !char.is_ascii() && !format::is_printable(char) => {
            out.push(&format!("\\u{:04X}", u32::from(char)))
        }
        _ => out.push_char(char),
    }
}

fn query(char: char, out: &mut Growing) -> Result<(), Failure> {
    match char {
        ' ' => out.push("+"),
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | '~' => out.push_char(char),
        _ => char.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| out.push(&format!("%{byte:02X}"))),
    }
}
