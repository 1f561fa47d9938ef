//! Pipelines, commands and operands.

use super::Parser;
use crate::error::Flaw;
use crate::lex::Kind;
use crate::node::{Binding, Command, Ideal, Number, Operand, Pipe, Term};
use crate::{number, unquote};

impl<'s> Parser<'s> {
    /// Reads `names := command | command` up to and with `end`.
    pub(super) fn pipeline(&mut self, context: &str, end: Kind<'s>) -> Result<Pipe, Flaw> {
        self.skip_spaces();
        let at = self.at();
        let (names, binding) = self.binding(context)?;
        let mut commands = Vec::new();
        loop {
            self.skip_spaces();
            if self.peek() == end {
                self.next += 1;
                break;
            }
            let at = self.at();
            let command = self.command()?;
            if !commands.is_empty() && !can_be_called(&command.first.term) {
                return Err((at, "what stands after | must be a function".to_owned()));
            }
            commands.push(command);
        }
        if commands.is_empty() {
            return Err((at, format!("a value is missing for {context}")));
        }
        Ok(Pipe { at, names, binding, commands })
    }

    /// Reads `$x :=`, `$x =` or in a range `$i, $x :=`, if that is what comes.
    fn binding(&mut self, context: &str) -> Result<(Vec<String>, Binding), Flaw> {
        let start = self.next;
        let mut names = Vec::new();
        while let Kind::Variable(name) = self.peek() {
            self.next += 1;
            self.skip_spaces();
            match self.peek() {
                kind @ (Kind::Declare | Kind::Assign) => {
                    self.next += 1;
                    names.push(name.to_owned());
                    self.scope.variables.extend(names.iter().cloned());
                    let binding = if kind == Kind::Declare { Binding::Declare } else { Binding::Assign };
                    return Ok((names, binding));
                }
                Kind::Comma if context == "range" && names.is_empty() => {
                    self.next += 1;
                    names.push(name.to_owned());
                    self.skip_spaces();
                    if matches!(self.peek(), Kind::RightDelimiter | Kind::RightParen) {
                        break;
                    }
                    if !matches!(self.peek(), Kind::Variable(_)) {
                        return self.flaw("a range sets variables only; write $index, $element :=");
                    }
                }
                Kind::Comma => return self.flaw(format!("{context} has too many variables")),
                _ if names.is_empty() => {
                    self.next = start;
                    break;
                }
                // `$i, $x` without := means no declaration to Go: both are set from then on.
                _ => {
                    self.next -= 1;
                    return self.flaw("expected := after the variables of this range");
                }
            }
        }
        Ok((names, Binding::Declare))
    }

    /// Reads operands up to `|`, which it takes, or to what ends the pipeline.
    fn command(&mut self) -> Result<Command, Flaw> {
        let mut operands = Vec::new();
        loop {
            self.skip_spaces();
            operands.extend(self.operand()?);
            match self.peek() {
                Kind::Space => (),
                Kind::RightDelimiter | Kind::RightParen => break,
                Kind::Pipe => {
                    self.next += 1;
                    break;
                }
                kind => return self.flaw(format!("{} cannot stand here", shown(kind))),
            }
        }
        let mut operands = operands.into_iter();
        match operands.next() {
            Some(first) => Ok(Command { first, args: operands.collect() }),
            None => self.flaw("a command is missing before | or )"),
        }
    }

    fn operand(&mut self) -> Result<Option<Operand>, Flaw> {
        let at = self.at();
        let Some(mut term) = self.term()? else { return Ok(None) };
        let mut fields = Vec::new();
        while let Kind::Field(name) = self.peek() {
            self.next += 1;
            fields.push(name.to_owned());
        }
        if !fields.is_empty() {
            term = match term {
                Term::Field(mut names) => {
                    names.extend(fields);
                    Term::Field(names)
                }
                Term::Variable(name, mut names) => {
                    names.extend(fields);
                    Term::Variable(name, names)
                }
                Term::Pipe(_) | Term::Function(_) | Term::Chain(..) => {
                    Term::Chain(Box::new(Operand { at, term }), fields)
                }
                _ => return Err((at, "a literal, nil and . have no fields; write .name".to_owned())),
            };
        }
        Ok(Some(Operand { at, term }))
    }

    fn term(&mut self) -> Result<Option<Term>, Flaw> {
        let at = self.at();
        let term = match self.peek() {
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Bool(value) => Term::Bool(value),
            Kind::Field(name) => Term::Field(vec![name.to_owned()]),
            Kind::Variable(name) => self.variable(name)?,
            Kind::Identifier(name) => {
                (self.is_function)(name).map_err(|message| (at, message))?;
                Term::Function(name.to_owned())
            }
            Kind::Number(text) => Term::Number(read_number(text).map_err(|message| (at, message))?),
            Kind::Char(text) => match unquote::char(text) {
                Some(code) => Term::Number(Number { int: Some(code), float: number::widen(code), ideal: Ideal::Int }),
                None => return self.flaw("single quotes hold one character; use double quotes for a text"),
            },
            Kind::Quoted(text) => Term::Text(unquote::text(text).map_err(|message| (at, message))?),
            Kind::Raw(text) => Term::Text(unquote::raw(text)),
            Kind::LeftParen => {
                self.next += 1;
                let pipe = self.nested(|parser| parser.pipeline("parentheses", Kind::RightParen))?;
                return Ok(Some(Term::Pipe(Box::new(pipe))));
            }
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(term))
    }

    fn variable(&self, name: &str) -> Result<Term, Flaw> {
        let known = name == "$" || self.scope.variables.iter().any(|known| known == name);
        if !known {
            return self.flaw(format!("the variable {name} is not declared; write {name} := before"));
        }
        Ok(Term::Variable(name.to_owned(), Vec::new()))
    }
}

fn can_be_called(term: &Term) -> bool {
    !matches!(term, Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Text(_))
}

/// Reads a literal as Go does: a float may fit where a whole number is asked for, and the other way round.
fn read_number(text: &str) -> Result<Number, String> {
    let fractional = text.contains(['.', 'e', 'E', 'p', 'P']);
    if let Some(int) = number::parse_int(text) {
        return Ok(Number { int: Some(int), float: number::widen(int), ideal: Ideal::Int });
    }
    let hex = text.trim_start_matches(['+', '-']).starts_with(['0']) && text.contains(['x', 'X']);
    if number::parse_magnitude(text).is_some() {
        let float = number::parse_float(text).unwrap_or(f64::MAX);
        return Ok(Number { int: None, float, ideal: Ideal::Overflow });
    }
    match number::parse_float(text) {
        Some(_) if !fractional || hex && !text.contains(['p', 'P']) => Err(format!("the number {text} is too large")),
        Some(float) => {
            let int = number::truncate(float);
            let whole = number::widen(int).total_cmp(&float).is_eq() || float == 0.0;
            Ok(Number { int: whole.then_some(int), float, ideal: Ideal::Float })
        }
        None => Err(format!("{text} is no number")),
    }
}

fn shown(kind: Kind<'_>) -> String {
    match kind {
        Kind::Text(text)
        | Kind::Char(text)
        | Kind::Number(text)
        | Kind::Quoted(text)
        | Kind::Raw(text)
        | Kind::Identifier(text)
        | Kind::Keyword(text)
        | Kind::Variable(text) => text.to_owned(),
        Kind::Field(name) => format!(".{name}"),
        Kind::LeftParen => "(".to_owned(),
        Kind::Assign => "=".to_owned(),
        Kind::Declare => ":=".to_owned(),
        Kind::Comma => ",".to_owned(),
        Kind::Dot => ".".to_owned(),
        Kind::Nil => "nil".to_owned(),
        Kind::Bool(value) => value.to_string(),
        _ => "this".to_owned(),
    }
}
