//! Paths, with slashes, of no file system.

use super::{Builtin, takes};
use crate::args::Type;

const TEXT: &[Type] = &[Type::Text];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("base", TEXT, |args, _| Ok(base(args.text(0)?).into())),
    takes("dir", TEXT, |args, _| Ok(dir(args.text(0)?).into())),
    takes("clean", TEXT, |args, _| Ok(clean(args.text(0)?).into())),
    takes("ext", TEXT, |args, _| Ok(ext(args.text(0)?).into())),
    takes("isAbs", TEXT, |args, _| Ok(args.text(0)?.starts_with('/').into())),
    takes("osBase", TEXT, |args, _| Ok(base(args.text(0)?).into())),
    takes("osDir", TEXT, |args, _| Ok(dir(args.text(0)?).into())),
    takes("osClean", TEXT, |args, _| Ok(clean(args.text(0)?).into())),
    takes("osExt", TEXT, |args, _| Ok(ext(args.text(0)?).into())),
    takes("osIsAbs", TEXT, |args, _| Ok(args.text(0)?.starts_with('/').into())),
];

fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    match path.trim_end_matches('/').rsplit('/').next() {
        Some("") | None => "/",
        Some(last) => last,
    }
}

fn dir(path: &str) -> String {
    clean(path.rfind('/').and_then(|slash| path.get(..=slash)).unwrap_or_default())
}

fn ext(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rfind('.').and_then(|dot| last.get(dot..)).unwrap_or_default()
}

/// The shortest path that names the same.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => (),
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => (),
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
