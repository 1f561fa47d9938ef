//! Choosing between values.

use super::{Builtin, takes, takes_more};
use crate::args::Type;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes_more("default", &[Type::Any], Type::Any, |args, _| {
        let given = args.from(1).first().filter(|value| value.is_true());
        Ok(given.unwrap_or(args.any(0)?).clone())
    }),
    takes("empty", &[Type::Any], |args, _| Ok((!args.any(0)?.is_true()).into())),
    takes_more("coalesce", &[], Type::Any, |args, _| {
        Ok(args.values().iter().find(|value| value.is_true()).cloned().unwrap_or(Value::Nil))
    }),
    takes_more("all", &[], Type::Any, |args, _| Ok(args.values().iter().all(Value::is_true).into())),
    takes_more("any", &[], Type::Any, |args, _| Ok(args.values().iter().any(Value::is_true).into())),
    takes("ternary", &[Type::Any, Type::Any, Type::Bool], |args, _| Ok(args.any(usize::from(!args.bool(2)?))?.clone())),
];
