//! Breaking long lines.

use super::{Builtin, takes};
use crate::args::Type;
use crate::env::Env;
use crate::error::Failure;
use crate::limits::Growing;
use crate::number;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("wrap", &[Type::Int, Type::Text], |args, env| wrap(args.text(1)?, args.int(0)?, "\n", LongWords::Stay, env)),
    takes("wrapWith", &[Type::Int, Type::Text, Type::Text], |args, env| {
        let line_end = if args.text(1)?.is_empty() { "\n" } else { args.text(1)? };
        wrap(args.text(2)?, args.int(0)?, line_end, LongWords::Break, env)
    }),
];

/// What becomes of words longer than a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LongWords {
    Stay,
    Break,
}

fn wrap(text: &str, width: i64, line_end: &str, long: LongWords, env: &mut Env) -> Result<Value, Failure> {
    let width = number::size(width).unwrap_or(0).max(1);
    let mut out = Growing::new(env.budget.limits().text);
    let mut rest = text;
    while rest.len() > width {
        env.budget.step(1 + width.min(rest.len()) / 64)?;
        if let Some(after) = rest.strip_prefix(' ') {
            rest = after;
            continue;
        }
        // A space right behind the line's end ends it too.
        let window = rest.as_bytes().get(..=width).unwrap_or_default();
        let (line, after) = match window.iter().rposition(|byte| *byte == b' ') {
            Some(space) => around(rest, space),
            None if long == LongWords::Break => {
                let at = rest.floor_char_boundary(width).max(rest.chars().next().map_or(1, char::len_utf8));
                rest.split_at_checked(at).unwrap_or((rest, ""))
            }
            None => {
                let tail = rest.as_bytes().get(width..).unwrap_or_default();
                let Some(space) = tail.iter().position(|byte| *byte == b' ') else { break };
                around(rest, width + space)
            }
        };
        out.push(line)?;
        out.push(line_end)?;
        rest = after;
    }
    out.push(rest)?;
    Ok(out.finish().into())
}

/// What stands before and after a space.
fn around(text: &str, space: usize) -> (&str, &str) {
    (text.get(..space).unwrap_or_default(), text.get(space + 1..).unwrap_or_default())
}
