//! Calls of functions: arguments are evaluated for the types that the function takes.

use super::Machine;
use crate::args::{Args, Type};
use crate::error::Failure;
use crate::functions::Callee;
use crate::node::{Operand, Term};
use crate::value::{Map, Value};

impl<'t> Machine<'t> {
    pub(super) fn call(
        &mut self,
        dot: &Value,
        name: &str,
        at: usize,
        args: &'t [Operand],
        piped: Option<Value>,
    ) -> Result<Value, Failure> {
        let functions = self.functions;
        let result = match functions.find(name) {
            Some(Callee::Own(native)) => {
                let args = self.arguments(dot, name, &[], Some(Type::Any), args, piped)?;
                self.at = at;
                self.weigh(&args)?;
                native.call(args.values())?
            }
            Some(Callee::And | Callee::Or) => return self.junction(dot, name, args, piped),
            Some(Callee::Fail) => return self.fail(dot, at, args, piped),
            Some(Callee::Builtin(builtin)) => {
                let args = self.arguments(dot, name, builtin.fixed, builtin.rest, args, piped)?;
                self.at = at;
                self.weigh(&args)?;
                (builtin.run)(&args, &mut self.env).map_err(|failure| match failure {
                    Failure::Says(message) => Failure::Says(format!("{name}: {message}")),
                    limit @ Failure::Limit(_) => limit,
                })?
            }
            None => return Err(format!("there is no function {name}").into()),
        };
        self.made(&result)?;
        Ok(result)
    }

    /// Counts the work that a function may have with its arguments.
    fn weigh(&mut self, args: &Args) -> Result<(), Failure> {
        self.env.budget.step(1 + args.values().iter().map(Value::weight).sum::<usize>())
    }

    /// Counts what a function has made.
    fn made(&mut self, result: &Value) -> Result<(), Failure> {
        match result {
            Value::Text(text) => self.env.budget.text(text.len()),
            Value::List(list) => self.env.budget.list(list.len()),
            _ => Ok(()),
        }
    }

    /// `and` and `or` evaluate no more than they need.
    fn junction(
        &mut self,
        dot: &Value,
        name: &str,
        args: &'t [Operand],
        piped: Option<Value>,
    ) -> Result<Value, Failure> {
        let mut last = None;
        for arg in args {
            let value = self.argument(dot, Type::Any, arg)?;
            if value.is_true() == (name == "or") {
                return Ok(value);
            }
            last = Some(value);
        }
        piped.map(Value::given).or(last).ok_or_else(|| format!("{name} takes at least one argument").into())
    }

    /// Ends the rendering in the template's own words.
    fn fail(&mut self, dot: &Value, at: usize, args: &'t [Operand], piped: Option<Value>) -> Result<Value, Failure> {
        let literal = match (args, &piped) {
            ([Operand { term: Term::Text(text), .. }], None) => Some(text.as_str()),
            _ => None,
        };
        let args = self.arguments(dot, "fail", &[Type::Text], None, args, piped)?;
        self.at = at;
        match literal {
            Some(text) => Err(format!("fail: {text}").into()),
            None => Err(self.env.fail_text(args.text(0)?).into()),
        }
    }

    /// Evaluates arguments for the types that are asked for: some fixed ones, then any number of `rest`.
    pub(super) fn arguments(
        &mut self,
        dot: &Value,
        name: &str,
        fixed: &[Type],
        rest: Option<Type>,
        args: &'t [Operand],
        piped: Option<Value>,
    ) -> Result<Args, Failure> {
        let given = args.len() + usize::from(piped.is_some());
        if given < fixed.len() || rest.is_none() && given > fixed.len() {
            let least = if rest.is_some() { "at least " } else { "" };
            return Err(format!("{name} takes {least}{} arguments, but got {given}", fixed.len()).into());
        }
        let wanted = |index: usize| fixed.get(index).copied().or(rest).unwrap_or(Type::Any);
        let mut values = Vec::with_capacity(given);
        for (index, arg) in args.iter().enumerate() {
            values.push(self.argument(dot, wanted(index), arg)?);
        }
        if let Some(piped) = piped {
            values.push(fit(piped, wanted(args.len()))?);
        }
        Ok(Args::new(values))
    }

    fn argument(&mut self, dot: &Value, wanted: Type, operand: &'t Operand) -> Result<Value, Failure> {
        self.at = operand.at;
        match (&operand.term, wanted) {
            (Term::Number(number), Type::Int) => {
                number.int.map(Value::Int).ok_or_else(|| "expected an integer here".into())
            }
            (Term::Number(number), Type::Float) => Ok(Value::Float(number.float)),
            _ => {
                let value = self.operand(dot, operand)?;
                self.at = operand.at;
                fit(value, wanted)
            }
        }
    }
}

/// Looks that a value has the type that is asked for.
fn fit(value: Value, wanted: Type) -> Result<Value, Failure> {
    let fits = match (&value, wanted) {
        (_, Type::Any) => return Ok(value.given()),
        // Where a map is asked for, nothing is a map without entries.
        (Value::Missing, Type::Map) => return Ok(Value::Map(Map::nothing())),
        (Value::Map(map), Type::Map) => map.of().map_type() == "map[string]interface {}",
        (Value::Text(_), Type::Text)
        | (Value::Int(_), Type::Int)
        | (Value::Float(_), Type::Float)
        | (Value::Bool(_), Type::Bool)
        | (Value::Time(_), Type::Time)
        | (Value::Duration(_), Type::Duration)
        | (Value::Version(_), Type::Version) => true,
        _ => false,
    };
    if fits {
        return Ok(value);
    }
    let wanted = wanted.name();
    Err(match value {
        Value::Missing | Value::Nil => format!("expected {wanted}, but there is no value; use default"),
        other => format!("expected {wanted}, but this is {}", other.type_name()),
    }
    .into())
}
