//! Fields and methods.

use super::Machine;
use crate::MissingKey;
use crate::error::Failure;
use crate::methods;
use crate::node::Operand;
use crate::value::Value;

impl<'t> Machine<'t> {
    /// Follows `.a.b.c` from a receiver; the last may be a method that takes the arguments.
    pub(super) fn fields(
        &mut self,
        dot: &Value,
        names: &'t [String],
        receiver: &Value,
        args: &'t [Operand],
        piped: Option<Value>,
    ) -> Result<Value, Failure> {
        let at = self.at;
        let Some((last, before)) = names.split_last() else { return Ok(receiver.clone()) };
        let mut receiver = receiver.clone();
        for name in before {
            receiver = self.field(dot, name, &receiver, &[], None)?;
            self.at = at;
        }
        self.field(dot, last, &receiver, args, piped)
    }

    fn field(
        &mut self,
        dot: &Value,
        name: &str,
        receiver: &Value,
        args: &'t [Operand],
        piped: Option<Value>,
    ) -> Result<Value, Failure> {
        self.env.budget.step(1)?;
        match receiver {
            Value::Missing if self.missing_key == MissingKey::Error => {
                Err(format!("there is nothing to look for .{name} in; check the fields before it").into())
            }
            Value::Missing => Ok(Value::Missing),
            Value::Nil => Err(format!("there is no .{name} in a null; test it by if or with before").into()),
            Value::Map(_) if !args.is_empty() || piped.is_some() => {
                Err(format!(".{name} is no method but has arguments; to call a function in a map, use call").into())
            }
            Value::Map(map) => match map.get(name) {
                Some(value) => Ok(value),
                None if self.missing_key == MissingKey::Error => Err(format!("the map has no entry {name:?}").into()),
                None => Ok(Value::Missing),
            },
            receiver => {
                let Some(types) = methods::parameters(receiver, name) else {
                    return Err(format!("{} has no field or method {name}", receiver.type_name()).into());
                };
                let at = self.at;
                let args = self.arguments(dot, name, types, None, args, piped)?;
                self.at = at;
                methods::call(receiver, name, &args)
            }
        }
    }
}
