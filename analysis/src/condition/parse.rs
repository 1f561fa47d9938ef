//! The grammar: operators by precedence, `let`, `if`, `?:` and the pipe.

mod namespace;
mod primary;
pub(super) mod time;

use super::ast::LoopKind;
use super::ast::{Binary, Kind, Node, Order, Unary};
use super::functions::Function;
use super::lex::{Flaw, Token, TokenKind, tokens};
use super::pattern::{PROGRAM_LIMIT, Pattern};

/// How deeply brackets and signs may nest.
pub(super) const NESTING_LIMIT: usize = 64;
/// How often the grammar may call itself: a bracket may hold several levels of precedence.
const RECURSION_LIMIT: usize = 160;
/// How high the tree may grow; a chain such as `a + b + c` grows by one a link.
pub(super) const HEIGHT_LIMIT: usize = 128;

/// Reads a source into a tree; `scope` says what its names stand for.
pub(super) fn parse(source: &str, scope: Scope) -> Result<Node, Flaw> {
    let tokens = tokens(source)?;
    let mut parser =
        Parser { tokens, scope, next: 0, nesting: 0, recursion: 0, predicates: 0, variables: Vec::new(), patterns: 0 };
    let node = parser.sequence()?;
    match parser.peek() {
        TokenKind::End => Ok(node),
        _ => parser.unexpected(),
    }
}

/// What the names in a condition stand for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope {
    /// `result` is the measurement.
    Measurement,
    /// Each of these is a field of the value that the condition is about; `time` is the clock.
    Fields(&'static [&'static str]),
}

impl Scope {
    /// The names there are.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Measurement => &["result"],
            Self::Fields(names) => names,
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    scope: Scope,
    next: usize,
    nesting: usize,
    recursion: usize,
    /// How many predicates surround this place; `#` needs one.
    predicates: usize,
    /// The `let` names in scope; the position is the slot.
    variables: Vec<String>,
    /// Bytes of the patterns compiled so far.
    patterns: usize,
}

type Parsed = Result<Node, Flaw>;

/// A binary operator with its precedence; a right-associative one takes its like on the right.
fn binary(sign: &str) -> Option<(Binary, usize)> {
    Some(match sign {
        "or" | "||" => (Binary::Or, 10),
        "and" | "&&" => (Binary::And, 15),
        "==" => (Binary::Equal, 20),
        "!=" => (Binary::NotEqual, 20),
        "in" => (Binary::In, 20),
        "matches" => (Binary::Matches, 20),
        "contains" => (Binary::Contains, 20),
        "startsWith" => (Binary::StartsWith, 20),
        "endsWith" => (Binary::EndsWith, 20),
        ".." => (Binary::Range, 25),
        "+" => (Binary::Add, 30),
        "-" => (Binary::Subtract, 30),
        "*" => (Binary::Multiply, 60),
        "/" => (Binary::Divide, 60),
        "%" => (Binary::Modulo, 60),
        "**" | "^" => (Binary::Power, 100),
        "??" => (Binary::Coalesce, 500),
        _ => return None,
    })
}

/// The precedence of `==`, of the operators that may follow `not`, and of the comparisons.
const COMPARISON: usize = 20;

fn order(sign: &str) -> Option<Order> {
    Some(match sign {
        "<" => Order::Less,
        "<=" => Order::LessOrEqual,
        ">" => Order::More,
        ">=" => Order::MoreOrEqual,
        _ => return None,
    })
}

fn unary(sign: &str) -> Option<(Unary, usize)> {
    Some(match sign {
        "not" | "!" => (Unary::Not, 50),
        "-" => (Unary::Minus, 90),
        "+" => (Unary::Plus, 90),
        _ => return None,
    })
}

impl Parser {
    fn token(&self, place: usize) -> &Token {
        const END: &Token = &Token { at: 0, kind: TokenKind::End };
        self.tokens.get(place).or(self.tokens.last()).unwrap_or(END)
    }

    fn peek(&self) -> &TokenKind {
        &self.token(self.next).kind
    }

    fn at(&self) -> usize {
        self.token(self.next).at
    }

    /// The sign at hand, or an empty one.
    fn sign(&self) -> &'static str {
        self.sign_at(self.next)
    }

    fn sign_at(&self, place: usize) -> &'static str {
        match &self.token(place).kind {
            TokenKind::Sign(sign) => sign,
            _ => "",
        }
    }

    /// Takes the sign if it is next.
    fn takes(&mut self, sign: &str) -> bool {
        let found = self.sign() == sign;
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Flaw> {
        if self.takes(sign) {
            return Ok(());
        }
        Err((self.at(), format!("expected {sign:?} instead of {}", self.shown())))
    }

    fn name(&mut self) -> Result<String, Flaw> {
        match self.peek().clone() {
            TokenKind::Name(name) => {
                self.next += 1;
                Ok(name)
            }
            _ => Err((self.at(), format!("expected a name instead of {}", self.shown()))),
        }
    }

    fn unexpected<T>(&self) -> Result<T, Flaw> {
        Err((self.at(), format!("did not expect {} here", self.shown())))
    }

    /// The token at hand as a reader would say it.
    fn shown(&self) -> String {
        match self.peek() {
            TokenKind::Name(text) | TokenKind::Number(text) | TokenKind::Text(text) => format!("{text:?}"),
            TokenKind::Sign(sign) => format!("{sign:?}"),
            TokenKind::End => "the end".to_owned(),
        }
    }

    fn node(at: usize, kind: Kind) -> Parsed {
        let node = Node::new(at, kind);
        if node.height > HEIGHT_LIMIT {
            return Err((at, format!("shorten the condition: it chains or nests more than {HEIGHT_LIMIT} operations")));
        }
        Ok(node)
    }

    /// Runs a part of the grammar one bracket or sign deeper.
    fn nested(&mut self, part: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        self.nesting += 1;
        if self.nesting > NESTING_LIMIT {
            return Err((self.at(), format!("nest at most {NESTING_LIMIT} brackets and signs")));
        }
        let parsed = part(self);
        self.nesting -= 1;
        parsed
    }

    /// `a; b; c`: all are computed, the last is the value.
    fn sequence(&mut self) -> Parsed {
        let at = self.at();
        let mut nodes = vec![self.expression(0)?];
        while self.takes(";") && *self.peek() != TokenKind::End {
            nodes.push(self.expression(0)?);
        }
        match nodes.pop() {
            Some(only) if nodes.is_empty() => Ok(only),
            last => {
                nodes.extend(last);
                Self::node(at, Kind::Sequence(nodes))
            }
        }
    }

    fn expression(&mut self, precedence: usize) -> Parsed {
        self.recursion += 1;
        if self.recursion > RECURSION_LIMIT {
            return Err((self.at(), format!("nest at most {NESTING_LIMIT} brackets and signs")));
        }
        let parsed = match self.sign() {
            "let" if precedence == 0 => self.variable(),
            "if" if precedence == 0 => self.if_else(),
            _ => self.operation(precedence),
        };
        self.recursion -= 1;
        parsed
    }

    /// A first operand and the operators after it that bind at least this tightly.
    fn operation(&mut self, precedence: usize) -> Parsed {
        let mut left = self.primary()?;
        let mut previous = "";
        loop {
            let negated = self.sign() == "not";
            let sign = self.sign_at(self.next + usize::from(negated));
            if negated && !matches!(sign, "in" | "matches" | "contains" | "startsWith" | "endsWith") {
                self.next += 1;
                return self.unexpected();
            }
            let Some(found) = precedence_of(sign).filter(|found| *found >= precedence) else { break };
            let at = self.at();
            self.next += 1 + usize::from(negated);
            left = self.operator(left, sign, previous, found)?;
            if negated {
                left = Self::node(at, Kind::Unary(Unary::Not, Box::new(left)))?;
            }
            previous = sign;
        }
        if precedence == 0 { self.conditional(left) } else { Ok(left) }
    }

    /// One operator, taken already, and what stands to its right.
    fn operator(&mut self, left: Node, sign: &'static str, previous: &str, precedence: usize) -> Parsed {
        let at = self.token(self.next.saturating_sub(1)).at;
        if sign == "|" {
            let at = self.at();
            let name = self.name()?;
            return self.call(at, &name, Some(left));
        }
        if previous == "??" && sign != "??" {
            return Err((at, format!("put brackets around one of ?? and {sign}: they do not mix")));
        }
        let Some((operator, _)) = binary(sign) else { return self.comparison(left, at) };
        let right = match operator {
            Binary::Power => self.nested(|parser| parser.expression(precedence))?,
            _ => self.expression(precedence + 1)?,
        };
        match right.kind {
            Kind::Text(pattern) if operator == Binary::Matches => {
                let pattern = self.pattern(&pattern).map_err(|message| (right.at, message))?;
                Self::node(at, Kind::Matches(Box::new(left), pattern))
            }
            _ => Self::node(at, Kind::Binary(operator, Box::new(left), Box::new(right))),
        }
    }

    /// A pattern, while all of the condition's together are small enough to be kept.
    fn pattern(&mut self, source: &str) -> Result<Pattern, String> {
        let pattern = Pattern::compile(source)?;
        self.patterns += pattern.size();
        if self.patterns > PROGRAM_LIMIT {
            return Err(format!("compile the pattern {source:?}: the patterns take more than {PROGRAM_LIMIT} bytes"));
        }
        Ok(pattern)
    }

    /// `a < b <= c`; the first sign is taken already.
    fn comparison(&mut self, first: Node, at: usize) -> Parsed {
        let mut rest = Vec::new();
        self.next -= 1;
        while let Some(order) = order(self.sign()) {
            self.next += 1;
            rest.push((order, self.expression(COMPARISON + 1)?));
        }
        Self::node(at, Kind::Comparison(Box::new(first), rest))
    }

    /// `a ? b : c` and `a ?: b`.
    fn conditional(&mut self, mut node: Node) -> Parsed {
        while self.sign() == "?" {
            let at = self.at();
            self.next += 1;
            let condition = Box::new(node);
            let kind = if self.takes(":") {
                Kind::Otherwise(condition, Box::new(self.nested(|parser| parser.expression(0))?))
            } else {
                let yes = Box::new(self.nested(|parser| parser.expression(0))?);
                self.expect(":")?;
                Kind::Conditional(condition, yes, Box::new(self.nested(|parser| parser.expression(0))?))
            };
            node = Self::node(at, kind)?;
        }
        Ok(node)
    }

    /// `let name = value; body`.
    fn variable(&mut self) -> Parsed {
        self.next += 1;
        let at = self.at();
        let name = self.name()?;
        self.expect("=")?;
        let value = Box::new(self.nested(|parser| parser.expression(0))?);
        self.expect(";")?;
        let taken = name == "result" || self.variables.contains(&name);
        if taken || Function::named(&name).is_some() || LoopKind::named(&name).is_some() {
            return Err((at, format!("choose another name than {name}: it has a meaning already")));
        }
        let slot = self.variables.len();
        self.variables.push(name);
        let body = Box::new(self.nested(Self::sequence)?);
        self.variables.truncate(slot);
        Self::node(at, Kind::Let { slot, value, body })
    }

    /// `if a { b } else if c { d } else { e }`.
    fn if_else(&mut self) -> Parsed {
        let at = self.at();
        self.next += 1;
        let condition = Box::new(self.nested(|parser| parser.expression(0))?);
        let yes = Box::new(self.braces()?);
        self.expect("else")?;
        let no = if self.sign() == "if" { self.nested(Self::if_else)? } else { self.braces()? };
        Self::node(at, Kind::Conditional(condition, yes, Box::new(no)))
    }

    fn braces(&mut self) -> Parsed {
        self.expect("{")?;
        let body = self.nested(Self::sequence)?;
        self.expect("}")?;
        Ok(body)
    }
}

fn precedence_of(sign: &str) -> Option<usize> {
    match sign {
        "|" => Some(0),
        _ if order(sign).is_some() => Some(COMPARISON),
        _ => binary(sign).map(|(_, precedence)| precedence),
    }
}
