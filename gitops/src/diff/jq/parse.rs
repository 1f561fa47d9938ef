//! From text to paths.

use regex::RegexBuilder;
use serde_json::Value;

use super::condition::{Condition, Operand, Test};
use super::{Expression, JqError, Step};

/// The longest expression, and the deepest nesting.
const LONGEST: usize = 2000;
const DEEPEST: usize = 20;

pub(super) fn paths(text: &str) -> Result<Expression, JqError> {
    let mut parser = Parser { rest: text, depth: 0 };
    if text.len() > LONGEST {
        return Err(parser.wrong("it is longer than 2000 bytes"));
    }
    let paths = parser.pipe()?;
    if parser.peek().is_some() { Err(parser.wrong(PATHS_ONLY)) } else { Ok(paths) }
}

const PATHS_ONLY: &str = "write paths like .a.b[0], .a[], .a[\"b\"], with | , ( ) and select(...)";

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn wrong(&self, why: &'static str) -> JqError {
        JqError { rest: self.rest.chars().take(30).collect(), why }
    }

    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn eat(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(token) else { return false };
        let ends_in_word = token.ends_with(char::is_alphanumeric);
        if ends_in_word && rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest;
        true
    }

    fn expect(&mut self, token: &str, why: &'static str) -> Result<(), JqError> {
        if self.eat(token) { Ok(()) } else { Err(self.wrong(why)) }
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, JqError>) -> Result<T, JqError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong("it is nested too deeply"));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// A comma binds closer than a pipe.
    fn pipe(&mut self) -> Result<Expression, JqError> {
        let mut parts = vec![self.each()?];
        while self.eat("|") {
            parts.push(self.each()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Pipe(parts) })
    }

    fn each(&mut self) -> Result<Expression, JqError> {
        let mut parts = vec![self.term()?];
        while self.eat(",") {
            parts.push(self.term()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Each(parts) })
    }

    fn term(&mut self) -> Result<Expression, JqError> {
        if self.eat("select") {
            self.expect("(", "select needs a condition in parentheses")?;
            let condition = self.deeper(Self::any)?;
            self.expect(")", "\"(\" is never closed by \")\"")?;
            return self.behind(Expression::Select(condition));
        }
        if self.eat("(") {
            let inner = self.deeper(Self::pipe)?;
            self.expect(")", "\"(\" is never closed by \")\"")?;
            return self.behind(inner);
        }
        self.path().map(Expression::Path)
    }

    /// What stands in parentheses, and the path behind them.
    fn behind(&mut self, inner: Expression) -> Result<Expression, JqError> {
        let steps = self.steps()?;
        Ok(if steps.is_empty() { inner } else { Expression::Pipe(vec![inner, Expression::Path(steps)]) })
    }

    fn path(&mut self) -> Result<Vec<Step>, JqError> {
        if self.peek() != Some('.') {
            return Err(self.wrong(PATHS_ONLY));
        }
        let steps = self.steps()?;
        // A dot alone is the place itself.
        if steps.is_empty() && !self.eat(".") {
            return Err(self.wrong(PATHS_ONLY));
        }
        Ok(steps)
    }

    fn steps(&mut self) -> Result<Vec<Step>, JqError> {
        let mut steps = Vec::new();
        loop {
            let ahead = self.rest.strip_prefix('.').unwrap_or(self.rest);
            if ahead.starts_with('[') {
                self.rest = ahead;
                steps.push(self.bracket()?);
            } else if ahead.len() < self.rest.len() && ahead.starts_with(|c: char| c.is_alphabetic() || c == '_') {
                let end = ahead.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(ahead.len());
                let (name, rest) = ahead.split_at(end);
                self.rest = rest;
                steps.push(Step::Field(name.to_owned()));
            } else if ahead.len() < self.rest.len() && ahead.starts_with('"') {
                self.rest = ahead;
                steps.push(Step::Field(self.string()?));
            } else if !steps.is_empty() && self.rest.starts_with('?') {
                self.rest = self.rest.get(1..).unwrap_or_default();
            } else {
                return Ok(steps);
            }
        }
    }

    fn bracket(&mut self) -> Result<Step, JqError> {
        self.expect("[", PATHS_ONLY)?;
        let step = match self.peek() {
            Some(']') => Step::All,
            Some('"') => Step::Field(self.string()?),
            _ => Step::Index(self.number()?),
        };
        self.expect("]", "\"[\" holds nothing, a whole number or a text, and is closed by \"]\"")?;
        Ok(step)
    }

    fn number(&mut self) -> Result<i64, JqError> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        let number = digits.parse().map_err(|_| self.wrong("\"[\" holds nothing, a whole number or a text"))?;
        self.rest = rest;
        Ok(number)
    }

    fn string(&mut self) -> Result<String, JqError> {
        match self.literal()? {
            Value::String(text) => Ok(text),
            _ => Err(self.wrong("a text in double quotes belongs here")),
        }
    }

    /// Texts, numbers, true, false and null, as JSON writes them.
    fn literal(&mut self) -> Result<Value, JqError> {
        self.rest = self.rest.trim_start();
        let mut stream = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
        let value = stream.next().and_then(Result::ok).filter(|value| !value.is_object() && !value.is_array());
        let value = value.ok_or_else(|| self.wrong("a text in double quotes, a number or a path belongs here"))?;
        self.rest = self.rest.get(stream.byte_offset()..).unwrap_or_default();
        Ok(value)
    }

    fn any(&mut self) -> Result<Condition, JqError> {
        let mut parts = vec![self.all()?];
        while self.eat("or") {
            parts.push(self.all()?);
        }
        let any = if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) };
        if !self.eat("|") {
            return Ok(any);
        }
        self.expect("not", "only not may stand behind this pipe")?;
        Ok(Condition::Not(Box::new(any)))
    }

    fn all(&mut self) -> Result<Condition, JqError> {
        let mut parts = vec![self.condition()?];
        while self.eat("and") {
            parts.push(self.condition()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn condition(&mut self) -> Result<Condition, JqError> {
        if self.eat("(") {
            let inner = self.deeper(Self::any)?;
            self.expect(")", "\"(\" is never closed by \")\"")?;
            return Ok(inner);
        }
        if let Some(test) = self.test(Vec::new())? {
            return Ok(test);
        }
        let left = self.operand()?;
        if let Operand::Path(path) = &left {
            let before = self.rest;
            if self.eat("|") {
                if let Some(test) = self.test(path.clone())? {
                    return Ok(test);
                }
                self.rest = before;
            }
        }
        if self.eat("==") {
            return Ok(Condition::Equal(left, self.operand()?));
        }
        if self.eat("!=") {
            return Ok(Condition::Not(Box::new(Condition::Equal(left, self.operand()?))));
        }
        Ok(Condition::Holds(left))
    }

    fn operand(&mut self) -> Result<Operand, JqError> {
        if self.peek() == Some('.') { self.path().map(Operand::Path) } else { self.literal().map(Operand::Literal) }
    }

    /// A function of the text, or the object, that a path leads to.
    fn test(&mut self, path: Vec<Step>) -> Result<Option<Condition>, JqError> {
        let names = ["has", "test", "startswith", "endswith", "contains"];
        let Some(name) = names.into_iter().find(|name| self.eat(name)) else { return Ok(None) };
        self.expect("(", "a function needs a text in parentheses")?;
        let text = self.string()?;
        self.expect(")", "\"(\" is never closed by \")\"")?;
        let holds = match name {
            "has" => return Ok(Some(Condition::Has(path, text))),
            "test" => {
                let regex = RegexBuilder::new(&text).size_limit(1 << 20).build();
                Test::Fits(regex.map_err(|_| self.wrong("the text before this is no regular expression"))?)
            }
            "startswith" => Test::Starts(text),
            "endswith" => Test::Ends(text),
            _ => Test::Contains(text),
        };
        Ok(Some(Condition::Text(path, holds)))
    }
}
