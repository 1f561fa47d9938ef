//! Types of values, under Go's names.

use super::{Builtin, takes};
use crate::args::Type;
use crate::value::Value;

const ONE: &[Type] = &[Type::Any];
const NAME_AND_ONE: &[Type] = &[Type::Text, Type::Any];

pub(super) const FUNCTIONS: &[Builtin] = &[
    takes("typeOf", ONE, |args, _| Ok(args.any(0)?.type_name().into())),
    takes("typeIs", NAME_AND_ONE, |args, _| Ok((args.any(1)?.type_name() == args.text(0)?).into())),
    takes("typeIsLike", NAME_AND_ONE, |args, _| {
        let (name, wanted) = (args.any(1)?.type_name(), args.text(0)?);
        Ok((name == wanted || name.strip_prefix('*') == Some(wanted)).into())
    }),
    takes("kindOf", ONE, |args, _| Ok(args.any(0)?.kind_name().into())),
    takes("kindIs", NAME_AND_ONE, |args, _| Ok((args.any(1)?.kind_name() == args.text(0)?).into())),
    takes("deepEqual", &[Type::Any, Type::Any], |args, env| {
        Ok(Value::Bool(args.any(0)?.deep_equal(args.any(1)?, &mut env.budget)?))
    }),
];
