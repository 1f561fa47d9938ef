//! Operands: literals, names, calls, and what is written behind them.

use super::super::ast::{Kind, Loop, LoopKind, Node, Pointer, Unary};
use super::super::functions::{Function, names};
use super::super::lex::{Flaw, TokenKind};
use super::namespace;
use super::time::TIME;
use super::{Parsed, Parser, Scope, unary};

impl Parser {
    pub(super) fn primary(&mut self) -> Parsed {
        let at = self.at();
        let sign = self.sign();
        if let Some((sign, precedence)) = unary(sign) {
            self.next += 1;
            let operand = self.nested(|parser| parser.expression(precedence))?;
            let node = Self::node(at, Kind::Unary(sign, Box::new(operand)))?;
            return self.postfix(node);
        }
        match sign {
            "(" => {
                self.next += 1;
                let inner = self.nested(Self::sequence)?;
                self.expect(")")?;
                self.postfix(inner)
            }
            "#" | "." if self.predicates > 0 => {
                let node = self.pointer(at)?;
                self.postfix(node)
            }
            "#" | "." => Err((at, "use # and .field inside a predicate only".to_owned())),
            "::" => {
                self.next += 1;
                let name = self.name()?;
                let node = self.call(at, &name, None)?;
                self.postfix(node)
            }
            _ => self.operand(at),
        }
    }

    /// `#`, `#index`, `#acc`; a `.` stands for `#.`.
    fn pointer(&mut self, at: usize) -> Parsed {
        if !self.takes("#") {
            return Self::node(at, Kind::Pointer(Pointer::Item));
        }
        let pointer = match self.peek() {
            TokenKind::Name(name) => match name.as_str() {
                "index" => Pointer::Index,
                "acc" => Pointer::Accumulator,
                other => return Err((at, format!("use #, #index or #acc instead of #{other}"))),
            },
            _ => return Self::node(at, Kind::Pointer(Pointer::Item)),
        };
        self.next += 1;
        Self::node(at, Kind::Pointer(pointer))
    }

    fn operand(&mut self, at: usize) -> Parsed {
        let kind = self.peek().clone();
        match kind {
            TokenKind::Name(name) => self.named(at, &name),
            TokenKind::Number(digits) => {
                self.next += 1;
                number(&digits)
                    .map_or_else(|| Err((at, format!("correct the number {digits}"))), |kind| Self::node(at, kind))
            }
            TokenKind::Text(text) => {
                self.next += 1;
                let node = Self::node(at, Kind::Text(text.into()))?;
                self.postfix(node)
            }
            TokenKind::Sign("[") => {
                let node = self.list(at)?;
                self.postfix(node)
            }
            TokenKind::Sign("{") => {
                let node = self.map(at)?;
                self.postfix(node)
            }
            _ => self.unexpected(),
        }
    }

    fn named(&mut self, at: usize, name: &str) -> Parsed {
        if matches!(name, "b" | "B") && matches!(self.token(self.next + 1).kind, TokenKind::Text(_)) {
            return Err((at, "write a text: literals of bytes are not supported".to_owned()));
        }
        self.next += 1;
        let literal = match name {
            "true" => Some(Kind::Bool(true)),
            "false" => Some(Kind::Bool(false)),
            "nil" => Some(Kind::Nil),
            _ => None,
        };
        if let Some(literal) = literal {
            return Self::node(at, literal);
        }
        let node = if self.sign() == "(" { self.call(at, name, None)? } else { self.variable_named(at, name)? };
        self.postfix(node)
    }

    fn variable_named(&mut self, at: usize, name: &str) -> Parsed {
        if let Some(slot) = self.variables.iter().position(|known| known == name) {
            return Self::node(at, Kind::Variable(slot));
        }
        if matches!(self.scope, Scope::Fields(_)) && name == TIME {
            return self.time(at);
        }
        if matches!(self.scope, Scope::Fields(_)) && namespace::is_one(name) {
            return self.in_namespace(at, name);
        }
        if self.scope.names().contains(&name) {
            return self.named_by_scope(at, name);
        }
        if Function::named(name).is_some() || LoopKind::named(name).is_some() {
            return Err((at, format!("call the function as {name}(...)")));
        }
        let mut known = self.scope.names().to_vec();
        known.extend(self.variables.iter().map(String::as_str));
        Err((at, format!("unknown name {name}; there is {}", known.join(", "))))
    }

    pub(super) fn named_by_scope(&self, at: usize, name: &str) -> Parsed {
        let whole = Self::node(at, Kind::Result)?;
        match self.scope {
            Scope::Measurement => Ok(whole),
            Scope::Fields(_) => {
                let key = Box::new(Self::node(at, Kind::Text(name.into()))?);
                Self::node(at, Kind::Member { base: Box::new(whole), key, optional: false })
            }
        }
    }

    /// A call; with a pipe the first argument stands before the name.
    pub(super) fn call(&mut self, at: usize, name: &str, piped: Option<Node>) -> Parsed {
        if let Some(kind) = LoopKind::named(name) {
            return self.predicate_loop(at, kind, piped);
        }
        let Some(function) = Function::named(name) else {
            return Err((at, format!("unknown function {name}; there are {}", names())));
        };
        if matches!(self.scope, Scope::Fields(_)) && function.looks_at_the_measurement() {
            return Err((at, format!("{name} is of metrics' conditions; write x == nil or x ?? y")));
        }
        let mut arguments: Vec<Node> = piped.into_iter().collect();
        self.expect("(")?;
        arguments.extend(self.list_until(")")?);
        if function.wants_floats() {
            arguments.iter_mut().for_each(as_float);
        }
        Self::node(at, Kind::Call(function, arguments))
    }

    fn predicate_loop(&mut self, at: usize, kind: LoopKind, piped: Option<Node>) -> Parsed {
        self.expect("(")?;
        let list = if let Some(list) = piped {
            list
        } else {
            let list = self.nested(|parser| parser.expression(0))?;
            if !(kind.predicate_is_optional() && self.sign() == ")") {
                self.expect(",")?;
            }
            list
        };
        let left_out = kind.predicate_is_optional() && self.sign() == ")";
        let predicate = if left_out { None } else { Some(self.predicate()?) };
        let mut extra = None;
        if self.takes(",") && kind.takes_extra() && self.sign() != ")" {
            extra = Some(self.nested(|parser| parser.expression(0))?);
            self.takes(",");
        }
        self.expect(")")?;
        Self::node(at, Kind::Loop(Box::new(Loop::new(kind, list, predicate, extra))))
    }

    /// A predicate, with or without braces.
    fn predicate(&mut self) -> Parsed {
        self.predicates += 1;
        let predicate = if self.sign() == "{" { self.braces()? } else { self.nested(|parser| parser.expression(0))? };
        self.predicates -= 1;
        Ok(predicate)
    }

    /// Expressions parted by commas, with an optional comma at the end.
    fn list_until(&mut self, close: &str) -> Result<Vec<Node>, Flaw> {
        let mut nodes = Vec::new();
        while self.sign() != close {
            nodes.push(self.nested(|parser| parser.expression(0))?);
            if self.sign() != close {
                self.expect(",")?;
            }
        }
        self.expect(close)?;
        Ok(nodes)
    }

    fn list(&mut self, at: usize) -> Parsed {
        self.next += 1;
        let nodes = self.list_until("]")?;
        Self::node(at, Kind::List(nodes))
    }

    fn map(&mut self, at: usize) -> Parsed {
        self.next += 1;
        let mut entries = Vec::new();
        while self.sign() != "}" {
            let key = self.map_key()?;
            self.expect(":")?;
            entries.push((key, self.nested(|parser| parser.expression(0))?));
            if self.sign() != "}" {
                self.expect(",")?;
            }
        }
        self.next += 1;
        Self::node(at, Kind::Map(entries))
    }

    /// A key is a name, a number or a text as it stands, or an expression in brackets.
    fn map_key(&mut self) -> Parsed {
        let at = self.at();
        match self.peek().clone() {
            TokenKind::Name(text) | TokenKind::Number(text) | TokenKind::Text(text) => {
                self.next += 1;
                Self::node(at, Kind::Text(text.into()))
            }
            TokenKind::Sign("(") => self.nested(|parser| parser.expression(0)),
            _ => self.unexpected(),
        }
    }

    /// `.name`, `?.name`, `[index]`, `?.[index]`, `[from:to]`, as many as follow.
    fn postfix(&mut self, mut node: Node) -> Parsed {
        loop {
            let at = self.at();
            let optional = self.sign() == "?.";
            node = match self.sign() {
                "?." if self.sign_at(self.next + 1) == "[" => {
                    self.next += 2;
                    self.index(at, node, true)?
                }
                "." | "?." => {
                    self.next += 1;
                    self.field(at, node, optional)?
                }
                "[" => {
                    self.next += 1;
                    self.index(at, node, false)?
                }
                _ => return Ok(node),
            };
        }
    }

    fn field(&mut self, at: usize, node: Node, optional: bool) -> Parsed {
        let place = self.at();
        let name = match self.peek().clone() {
            TokenKind::Name(name) => name,
            TokenKind::Sign(word) if word.chars().all(char::is_alphabetic) => word.to_owned(),
            _ => return Err((place, format!("expected a field's name instead of {}", self.shown()))),
        };
        self.next += 1;
        if self.sign() == "(" {
            if let Some(method) = self.method(at, &node, &name) {
                return method;
            }
            return Err((place, format!("call functions, not methods: there is no .{name}()")));
        }
        // A chain goes on with its fields: nil in its middle is nil at its end.
        let (base, chained) = match node.kind {
            Kind::Chain(inner) => (inner, true),
            _ => (Box::new(node), optional),
        };
        let key = Box::new(Self::node(place, Kind::Text(name.into()))?);
        let member = Self::node(at, Kind::Member { base, key, optional })?;
        if chained { Self::node(at, Kind::Chain(Box::new(member))) } else { Ok(member) }
    }

    fn index(&mut self, at: usize, node: Node, optional: bool) -> Parsed {
        let base = Box::new(node);
        let from = if self.sign() == ":" { None } else { Some(Box::new(self.nested(|it| it.expression(0))?)) };
        if self.takes(":") {
            let to = if self.sign() == "]" { None } else { Some(Box::new(self.nested(|it| it.expression(0))?)) };
            self.expect("]")?;
            return Self::node(at, Kind::Slice { base, from, to });
        }
        self.expect("]")?;
        let Some(key) = from else { return self.unexpected() };
        let member = Self::node(at, Kind::Member { base, key, optional })?;
        if optional { Self::node(at, Kind::Chain(Box::new(member))) } else { Ok(member) }
    }
}

fn number(digits: &str) -> Option<Kind> {
    let radix = match digits.get(..2) {
        Some("0x") => 16,
        Some("0b") => 2,
        Some("0o") => 8,
        _ if digits.contains(['.', 'e']) => {
            return digits.parse().ok().filter(|number: &f64| number.is_finite()).map(Kind::Float);
        }
        _ => return digits.parse().ok().map(Kind::Int),
    };
    i64::from_str_radix(digits.get(2..)?, radix).ok().map(Kind::Int)
}

/// Turns whole-number literals into floats where a float is wanted, as Go does: `isNaN(-1 + 2)`.
fn as_float(node: &mut Node) {
    match &mut node.kind {
        Kind::Int(whole) => node.kind = Kind::Float(super::super::number::widen(*whole)),
        Kind::Unary(Unary::Minus | Unary::Plus, operand) => as_float(operand),
        Kind::Binary(sign, left, right) if sign.keeps_whole_numbers() => {
            as_float(left);
            as_float(right);
        }
        _ => {}
    }
}
