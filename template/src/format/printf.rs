//! Format texts: `%-8.3f`, `%[2]*d`, `%%`, and what Go says of wrong ones.

use super::spec::Spec;
use super::verb;
use crate::error::Failure;
use crate::limits::{Budget, Growing};
use crate::number;
use crate::value::Value;

/// The largest width and precision that Go accepts.
const MOST: usize = 1_000_000;

/// Formats values, as `fmt.Sprintf` does.
pub(crate) fn printf(format: &str, args: &[Value], budget: &mut Budget) -> Result<String, Failure> {
    let out = Growing::new(budget.limits().text);
    let mut printer = Printer { rest: format, args, next: 0, reordered: false, good: true, out, budget };
    while let Some((before, after)) = printer.rest.split_once('%') {
        printer.out.push(before)?;
        printer.rest = after;
        printer.directive()?;
    }
    let rest = printer.rest;
    printer.out.push(rest)?;
    printer.extra()?;
    Ok(printer.out.finish())
}

struct Printer<'a> {
    rest: &'a str,
    args: &'a [Value],
    next: usize,
    /// Whether an index like `%[1]d` was used anywhere.
    reordered: bool,
    /// Whether the indexes of this directive make sense.
    good: bool,
    out: Growing,
    budget: &'a mut Budget,
}

impl Printer<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self, char: char) -> bool {
        let found = self.rest.strip_prefix(char);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn directive(&mut self) -> Result<(), Failure> {
        self.budget.step(1)?;
        self.good = true;
        let mut spec = Spec::plain('v');
        self.flags(&mut spec);
        let mut indexed = self.index();
        if self.skip('*') {
            self.star_width(&mut spec)?;
            indexed = false;
        } else {
            spec.width = self.number();
            self.good &= !(indexed && spec.width.is_some());
        }
        if self.rest.len() > 1 && self.skip('.') {
            self.good &= !indexed;
            indexed = self.index();
            if self.skip('*') {
                spec.precision = self.star_number().and_then(number::size).filter(|size| *size <= MOST);
                if spec.precision.is_none() {
                    self.out.push("%!(BADPREC)")?;
                }
                indexed = false;
            } else {
                spec.precision = Some(self.number().unwrap_or_default());
            }
        }
        if !indexed {
            self.index();
        }
        let Some(verb) = self.peek() else { return self.out.push("%!(NOVERB)") };
        self.rest = self.rest.get(verb.len_utf8()..).unwrap_or_default();
        spec.verb = verb;
        self.verb(&spec)
    }

    fn verb(&mut self, spec: &Spec) -> Result<(), Failure> {
        let bad = |out: &mut Growing, what: &str| {
            out.push("%!")?;
            out.push_char(spec.verb)?;
            out.push(what)
        };
        if spec.verb == '%' {
            return self.out.push("%");
        }
        if !self.good {
            return bad(&mut self.out, "(BADINDEX)");
        }
        let Some(value) = self.args.get(self.next) else { return bad(&mut self.out, "(MISSING)") };
        self.next += 1;
        verb::put(value, spec, 0, &mut self.out, self.budget)
    }

    fn flags(&mut self, spec: &mut Spec) {
        while let Some(char) = self.peek() {
            match char {
                '#' => spec.sharp = true,
                '0' => spec.zero = true,
                '+' => spec.plus = true,
                '-' => spec.minus = true,
                ' ' => spec.space = true,
                _ => return,
            }
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
    }

    /// Takes an argument index like `[2]`, if one comes; true if it was a good one.
    fn index(&mut self) -> bool {
        let Some(after) = self.rest.strip_prefix('[') else { return false };
        self.reordered = true;
        let Some((inside, after_index)) = after.split_once(']') else {
            self.good = false;
            self.rest = after;
            return false;
        };
        self.rest = after_index;
        let digits = !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { inside.parse::<usize>().ok() } else { None };
        let Some(number) = number.filter(|number| (1..=self.args.len()).contains(number)) else {
            self.good = false;
            return false;
        };
        self.next = number - 1;
        true
    }

    fn number(&mut self) -> Option<usize> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = self.rest.split_at_checked(count)?;
        self.rest = after;
        let number = digits.parse().ok().filter(|number| *number <= MOST);
        if number.is_none() && !digits.is_empty() {
            // Go reads no further behind a number that is too large.
            self.rest = "";
        }
        number
    }

    /// The argument that says a width or a precision.
    fn star_number(&mut self) -> Option<i64> {
        let value = self.args.get(self.next)?;
        self.next += 1;
        match value {
            Value::Int(number) | Value::Int64(number) | Value::Duration(number) => Some(*number),
            Value::Byte(number) => Some(i64::from(*number)),
            _ => None,
        }
    }

    /// Takes a width from the arguments; a negative one sets the minus flag.
    fn star_width(&mut self, spec: &mut Spec) -> Result<(), Failure> {
        let number = self.star_number();
        spec.width = number.and_then(|number| number::size(number.saturating_abs())).filter(|size| *size <= MOST);
        if spec.width.is_none() {
            return self.out.push("%!(BADWIDTH)");
        }
        if number.is_some_and(i64::is_negative) {
            spec.minus = true;
            spec.zero = false;
        }
        Ok(())
    }

    /// What is said of arguments that no verb has taken.
    fn extra(&mut self) -> Result<(), Failure> {
        let left = self.args.get(self.next..).unwrap_or_default();
        if self.reordered || left.is_empty() {
            return Ok(());
        }
        self.out.push("%!(EXTRA ")?;
        for (index, value) in left.iter().enumerate() {
            if index > 0 {
                self.out.push(", ")?;
            }
            if !value.is_nil() {
                self.out.push(value.type_name())?;
                self.out.push("=")?;
            }
            verb::put(value, &Spec::plain('v'), 0, &mut self.out, self.budget)?;
        }
        self.out.push(")")
    }
}
