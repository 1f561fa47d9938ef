//! URLs: into their parts and back.

use super::{Builtin, Outcome, takes};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::uri::{Uri, user};
use crate::value::{Map, Value};

pub(super) const FUNCTIONS: &[Builtin] =
    &[takes("urlParse", &[Type::Text], parse), takes("urlJoin", &[Type::Map], join)];

fn parse(args: &Args, _: &mut Env) -> Outcome {
    let uri = Uri::parse(args.text(0)?)?;
    let hostname = uri.hostname().to_owned();
    let entries = [
        ("scheme", uri.scheme),
        ("host", uri.host),
        ("hostname", hostname),
        ("path", uri.path),
        ("query", uri.query),
        ("opaque", uri.opaque),
        ("fragment", uri.fragment),
        ("userinfo", uri.userinfo.unwrap_or_default()),
    ];
    Ok(Value::map(entries.map(|(name, text)| (name.to_owned(), text.into()))))
}

fn join(args: &Args, _: &mut Env) -> Outcome {
    let map = args.map(0)?;
    let userinfo = part(map, "userinfo")?;
    // Behind these a user would be no user any more.
    let is_user = !userinfo.is_empty() && !userinfo.contains(['/', '?', '#']);
    let userinfo = if is_user { Some(user(&userinfo)?) } else { None };
    let uri = Uri {
        scheme: part(map, "scheme")?,
        opaque: part(map, "opaque")?,
        userinfo,
        host: part(map, "host")?,
        path: part(map, "path")?,
        query: part(map, "query")?,
        fragment: part(map, "fragment")?,
    };
    Ok(uri.to_string().into())
}

fn part(map: &Map, name: &str) -> Result<String, Failure> {
    match map.get(name) {
        None => Ok(String::new()),
        Some(Value::Text(text)) => Ok(text.to_string()),
        Some(other) => Err(format!("{name} must be a string, but is {}", other.type_name()).into()),
    }
}
