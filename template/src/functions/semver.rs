//! Versions.

use std::rc::Rc;

use super::{Builtin, Outcome, takes};
use crate::args::{Args, Type};
use crate::env::Env;
use crate::error::Failure;
use crate::semver::{Constraint, Version};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("semver", &[Type::Text], |args, _| Ok(Value::Version(Rc::new(version(args.text(0)?)?)))),
    takes("semverCompare", &[Type::Text, Type::Text], compare),
];

fn version(text: &str) -> Result<Version, Failure> {
    Version::parse(text).ok_or_else(|| "the text is no version such as 1.2.3".into())
}

fn compare(args: &Args, _: &mut Env) -> Outcome {
    let constraint = Constraint::parse(args.text(0)?);
    let constraint = constraint.ok_or_else(|| Failure::from("the text is no constraint such as >=1.2, <2"))?;
    Ok(Value::Bool(constraint.allows(&version(args.text(1)?)?)))
}
