//! URLs: into their parts and back.

use super::{Builtin, Outcome, takes};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::uri::{Part, Uri, escape, unescape};
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
    let userinfo = if userinfo.is_empty() { None } else { Some(normal(&userinfo)?) };
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

/// A user and password as a URL writes them.
fn normal(userinfo: &str) -> Result<String, Failure> {
    if userinfo.contains(['@', '/', '?', '#']) {
        return Err("userinfo must be user or user:password, with @ / ? # escaped".into());
    }
    let shown = |text: &str| unescape(text, Part::User).map(|text| escape(&text, Part::User));
    match userinfo.split_once(':') {
        Some((user, password)) => Ok(format!("{}:{}", shown(user)?, shown(password)?)),
        None => shown(userinfo),
    }
}
