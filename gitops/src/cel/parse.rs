//! From words to an expression.

use super::ParseError;
use super::expression::{DEEPEST, Each, Expression, Fold};
use super::functions;
use super::lex::{Word, at, words};
use super::operators::Operator;

/// How many parentheses and signs may be open at once.
const DEPTH: usize = 48;

/// Names that are kept for others.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

pub(super) fn parse(text: &str) -> Result<Expression, ParseError> {
    let mut parser = Parser { words: words(text)?, next: 0, depth: 0 };
    let expression = parser.expression()?;
    match parser.peek() {
        Word::End if expression.is_deep() => Err(at(text, format!("it is nested more than {DEEPEST} deep"))),
        Word::End => Ok(expression),
        _ => Err(parser.wrong("the expression could end here")),
    }
}

struct Parser<'a> {
    words: Vec<(Word, &'a str)>,
    next: usize,
    depth: usize,
}

type Parsed = Result<Expression, ParseError>;

impl Parser<'_> {
    fn peek(&self) -> &Word {
        self.words.get(self.next).map_or(&Word::End, |(word, _)| word)
    }

    fn take(&mut self) -> Word {
        let word = self.peek().clone();
        self.next += 1;
        word
    }

    fn wrong(&self, why: impl Into<String>) -> ParseError {
        at(self.words.get(self.next).map_or("", |(_, rest)| rest), why)
    }

    fn eats(&mut self, sign: &str) -> bool {
        let here = matches!(self.peek(), Word::Sign(this) if *this == sign);
        self.next += usize::from(here);
        here
    }

    fn expect(&mut self, sign: &str) -> Result<(), ParseError> {
        if self.eats(sign) { Ok(()) } else { Err(self.wrong(format!("{sign:?} is missing"))) }
    }

    /// `a ? b : c`
    fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.wrong(format!("it is nested more than {DEPTH} deep")));
        }
        let condition = self.or()?;
        let whole = if self.eats("?") {
            let yes = self.or()?;
            self.expect(":")?;
            Expression::If(Box::new([condition, yes, self.expression()?]))
        } else {
            condition
        };
        self.depth -= 1;
        Ok(whole)
    }

    fn or(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.eats("||") {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.operation(0)?;
        while self.eats("&&") {
            left = Expression::And(Box::new(left), Box::new(self.operation(0)?));
        }
        Ok(left)
    }

    /// Operators that bind at least as tightly as `level`.
    fn operation(&mut self, level: usize) -> Parsed {
        let mut left = if level == Operator::LEVELS { return self.unary() } else { self.operation(level + 1)? };
        while let Some(operator) = self.operator(level) {
            self.next += 1;
            left = Expression::Operation(operator, Box::new(left), Box::new(self.operation(level + 1)?));
        }
        Ok(left)
    }

    fn operator(&self, level: usize) -> Option<Operator> {
        match self.peek() {
            Word::Sign(sign) => Operator::of(sign, level),
            Word::Name(name) if name == "in" => Operator::of("in", level),
            _ => None,
        }
    }

    fn unary(&mut self) -> Parsed {
        let mut signs = Vec::new();
        while let Word::Sign(sign @ ("!" | "-")) = *self.peek() {
            self.next += 1;
            signs.push(sign);
            if signs.len() > DEPTH {
                return Err(self.wrong(format!("it is nested more than {DEPTH} deep")));
            }
        }
        let mut inner = self.member()?;
        for sign in signs.into_iter().rev() {
            inner = match sign {
                "!" => Expression::Not(Box::new(inner)),
                _ => Expression::Negative(Box::new(inner)),
            };
        }
        Ok(inner)
    }

    /// Fields, indices and methods of something.
    fn member(&mut self) -> Parsed {
        let mut of = self.primary()?;
        loop {
            of = if self.eats(".") {
                self.field(of)?
            } else if self.eats("[") {
                let index = self.expression()?;
                self.expect("]")?;
                Expression::Index(Box::new(of), Box::new(index))
            } else {
                return Ok(of);
            };
        }
    }

    fn field(&mut self, of: Expression) -> Parsed {
        let name = match self.peek() {
            Word::Name(name) if !["in", "true", "false", "null"].contains(&name.as_str()) => name.clone(),
            Word::Sign("?") => return Err(self.wrong("optional fields are not supported: ask has(...)")),
            _ => return Err(self.wrong("the name of a field is missing")),
        };
        self.next += 1;
        if !self.eats("(") {
            return Ok(Expression::Field(Box::new(of), name));
        }
        if ["all", "exists", "exists_one", "map", "filter"].contains(&name.as_str()) {
            return self.each(of, &name);
        }
        let mut given = vec![of];
        given.extend(self.list(")")?);
        self.call(&name, given, true)
    }

    /// A macro, behind its opening parenthesis.
    fn each(&mut self, over: Expression, name: &str) -> Parsed {
        let Word::Name(variable) = self.take() else {
            self.next -= 1;
            return Err(self.wrong(format!("{name} wants a name for each element first")));
        };
        self.expect(",")?;
        let mut given = self.list(")")?.into_iter();
        let fold = match (name, given.next(), given.next(), given.next()) {
            ("all", Some(one), None, None) => Fold::All(one),
            ("exists", Some(one), None, None) => Fold::Exists(one),
            ("exists_one", Some(one), None, None) => Fold::ExistsOne(one),
            ("filter", Some(one), None, None) => Fold::Collect(Some(one), None),
            ("map", Some(one), None, None) => Fold::Collect(None, Some(one)),
            ("map", Some(one), Some(two), None) => Fold::Collect(Some(one), Some(two)),
            _ => return Err(self.wrong(format!("{name} has too few or too many parts"))),
        };
        Ok(Expression::Each(Box::new(Each { over, name: variable, fold })))
    }

    fn call(&mut self, name: &str, given: Vec<Expression>, is_method: bool) -> Parsed {
        let function = functions::named(name, given.len(), is_method);
        function.map(|function| Expression::Call(function, given)).map_err(|why| self.wrong(why))
    }

    /// Expressions with commas between, up to that sign; the last comma may be followed by nothing in lists.
    fn list(&mut self, end: &str) -> Result<Vec<Expression>, ParseError> {
        let mut items = Vec::new();
        while !self.eats(end) {
            items.push(self.expression()?);
            if !self.eats(",") {
                self.expect(end)?;
                break;
            }
            if end == ")" && matches!(self.peek(), Word::Sign(")")) {
                return Err(self.wrong("something is missing behind the comma"));
            }
        }
        Ok(items)
    }

    fn primary(&mut self) -> Parsed {
        match self.take() {
            Word::Int(number) => Ok(Expression::Int(number)),
            Word::Double(number) => Ok(Expression::Double(number)),
            Word::Text(text) => Ok(Expression::Text(text)),
            Word::Name(name) => self.named(name),
            Word::Sign("(") => {
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            Word::Sign("[") => self.list("]").map(Expression::List),
            Word::Sign("{") => self.map(),
            _ => {
                self.next -= 1;
                Err(self.wrong("a value is missing"))
            }
        }
    }

    fn named(&mut self, name: String) -> Parsed {
        match name.as_str() {
            "true" => return Ok(Expression::Bool(true)),
            "false" => return Ok(Expression::Bool(false)),
            "null" => return Ok(Expression::Null),
            _ => {}
        }
        if name == "in" || RESERVED.contains(&name.as_str()) {
            self.next -= 1;
            return Err(self.wrong(format!("{name} is a reserved word")));
        }
        if !self.eats("(") {
            return Ok(Expression::Name(name));
        }
        let given = self.list(")")?;
        if name != "has" {
            return self.call(&name, given, false);
        }
        match <[Expression; 1]>::try_from(given) {
            Ok([Expression::Field(of, field)]) => Ok(Expression::Has(of, field)),
            _ => Err(self.wrong("has wants one field, as in has(self.status)")),
        }
    }

    fn map(&mut self) -> Parsed {
        let mut entries = Vec::new();
        while !self.eats("}") {
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?));
            if !self.eats(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Expression::Map(entries))
    }
}
