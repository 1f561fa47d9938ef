//! The values of pipelines, commands and operands.

use super::Machine;
use crate::error::Failure;
use crate::node::{Binding, Command, Ideal, Number, Operand, Pipe, Term};
use crate::value::Value;

impl<'t> Machine<'t> {
    /// The value of a pipeline; its variables are set.
    pub(super) fn pipeline(&mut self, dot: &Value, pipe: &'t Pipe) -> Result<Value, Failure> {
        self.nested(|machine| {
            let mut value = None;
            for command in &pipe.commands {
                machine.env.budget.step(1)?;
                value = Some(machine.command(dot, command, value)?.unwrapped());
            }
            let value = value.unwrap_or(Value::Missing);
            for name in &pipe.names {
                match pipe.binding {
                    Binding::Declare => machine.variables.push((name, value.clone())),
                    Binding::Assign => machine.assign(name, value.clone())?,
                }
            }
            Ok(value)
        })
    }

    fn command(&mut self, dot: &Value, command: &'t Command, piped: Option<Value>) -> Result<Value, Failure> {
        let Command { first, args } = command;
        self.at = first.at;
        match &first.term {
            Term::Field(names) => self.fields(dot, names, dot, args, piped),
            Term::Chain(inner, names) => {
                let receiver = self.operand(dot, inner)?;
                self.at = first.at;
                self.fields(dot, names, &receiver, args, piped)
            }
            Term::Variable(name, names) if !names.is_empty() => {
                let receiver = self.variable(name)?;
                self.fields(dot, names, &receiver, args, piped)
            }
            Term::Function(name) => self.call(dot, name, first.at, args, piped),
            _ if !args.is_empty() || piped.is_some() => {
                Err("this is no function and takes no arguments; put a function before it".into())
            }
            Term::Nil => Err("nil is no command".into()),
            _ => self.operand(dot, first),
        }
    }

    pub(super) fn variable(&self, name: &str) -> Result<Value, Failure> {
        let found = self.variables.iter().rev().find(|(known, _)| *known == name);
        let missing = || Failure::from(format!("the variable {name} has no value here"));
        found.map(|(_, value)| value.clone()).ok_or_else(missing)
    }

    /// The value of an operand where nothing asks for a type.
    pub(super) fn operand(&mut self, dot: &Value, operand: &'t Operand) -> Result<Value, Failure> {
        self.at = operand.at;
        self.env.budget.step(1)?;
        match &operand.term {
            Term::Dot => Ok(dot.clone()),
            Term::Nil => Ok(Value::Missing),
            Term::Bool(value) => Ok(Value::Bool(*value)),
            Term::Number(number) => ideal(*number),
            Term::Text(text) => Ok(Value::text(text)),
            Term::Field(names) => self.fields(dot, names, dot, &[], None),
            Term::Variable(name, names) => {
                let receiver = self.variable(name)?;
                if names.is_empty() { Ok(receiver) } else { self.fields(dot, names, &receiver, &[], None) }
            }
            Term::Function(name) => self.call(dot, name, operand.at, &[], None),
            Term::Pipe(pipe) => self.pipeline(dot, pipe),
            Term::Chain(inner, names) => {
                if inner.term == Term::Nil {
                    return Err("nil has no fields".into());
                }
                let receiver = self.nested(|machine| machine.operand(dot, inner))?;
                self.fields(dot, names, &receiver, &[], None)
            }
        }
    }
}

/// The type and value of a literal where nothing asks for a type.
fn ideal(number: Number) -> Result<Value, Failure> {
    match (number.ideal, number.int) {
        (Ideal::Float, _) => Ok(Value::Float(number.float)),
        (Ideal::Int, Some(int)) => Ok(Value::Int(int)),
        _ => Err("this number is too large for an int".into()),
    }
}
