//! Printing values as Go's `fmt` package does.

mod float;
mod integer;
mod printf;
mod quote;
mod spec;
mod verb;

use crate::error::Failure;
use crate::limits::{Budget, Growing};
use crate::value::Value;

pub(crate) use printf::printf;
pub(crate) use quote::{is_printable, quoted};
use spec::Spec;

/// A value as `%v` shows it.
pub(crate) fn shown(value: &Value, budget: &mut Budget) -> Result<String, Failure> {
    let mut out = Growing::new(budget.limits().text);
    show_into(value, &mut out, budget)?;
    let text = out.finish();
    budget.text(text.len())?;
    Ok(text)
}

fn show_into(value: &Value, out: &mut Growing, budget: &mut Budget) -> Result<(), Failure> {
    match value {
        Value::Missing => out.push("<no value>"),
        value => verb::put(value, &Spec::plain('v'), 0, out, budget),
    }
}

/// A value as sprig turns it into a text: a nil is `<nil>`.
pub(crate) fn text_of(value: &Value, budget: &mut Budget) -> Result<String, Failure> {
    match value {
        Value::Text(text) => Ok(text.to_string()),
        value => shown(value, budget),
    }
}

/// All values, as `fmt.Sprint` does: with a space between two that are no texts.
pub(crate) fn print(values: &[Value], budget: &mut Budget) -> Result<String, Failure> {
    let mut out = Growing::new(budget.limits().text);
    let mut after_text = true;
    for value in values {
        let is_text = matches!(value, Value::Text(_));
        if !after_text && !is_text {
            out.push(" ")?;
        }
        show_into(value, &mut out, budget)?;
        after_text = is_text;
    }
    Ok(out.finish())
}

/// All values with spaces between, and the end of the line, as `fmt.Sprintln` does.
pub(crate) fn println(values: &[Value], budget: &mut Budget) -> Result<String, Failure> {
    let mut out = Growing::new(budget.limits().text);
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(" ")?;
        }
        show_into(value, &mut out, budget)?;
    }
    out.push("\n")?;
    Ok(out.finish())
}
