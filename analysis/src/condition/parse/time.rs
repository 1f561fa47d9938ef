//! Times in conditions about things with names of their own: `time.Now().Sub(time.Parse(x)).Minutes() >= 5`.
//!
//! They are the methods of Go's times and durations that the notifications' triggers know, written as arithmetic: a time is its
//! seconds since 1970, and a duration is seconds too. So they compare and add up as in Go; but a duration is no number of
//! nanoseconds.

use super::super::ast::{Binary, Kind, Node, Order};
use super::super::functions::{Function, PARSE_TIME};
use super::super::lex::TokenKind;
use super::{Parsed, Parser, Scope};

/// The name of the clock, and of the entry that holds what it shows.
pub(in super::super) const TIME: &str = "time";

/// Durations by name, in seconds.
const DURATIONS: [(&str, f64); 6] = [
    ("Nanosecond", 1e-9),
    ("Microsecond", 1e-6),
    ("Millisecond", 1e-3),
    ("Second", 1.0),
    ("Minute", 60.0),
    ("Hour", 3600.0),
];

/// What a duration is asked for, and how many seconds make one.
const PARTS: [(&str, f64); 4] = [("Seconds", 1.0), ("Minutes", 60.0), ("Hours", 3600.0), ("Milliseconds", 1e-3)];

impl Parser {
    /// What follows `time`: `.Now()`, `.Parse(x)`, `.Minute`.
    pub(super) fn time(&mut self, at: usize) -> Parsed {
        self.expect(".")?;
        let TokenKind::Name(name) = self.peek().clone() else { return self.unexpected() };
        let place = self.at();
        self.next += 1;
        if let Some((_, seconds)) = DURATIONS.iter().find(|(known, _)| *known == name) {
            return Self::node(at, Kind::Float(*seconds));
        }
        match name.as_str() {
            "Now" => {
                self.expect("(")?;
                self.expect(")")?;
                self.named_by_scope(at, TIME)
            }
            "Parse" => {
                let text = self.argument()?;
                Self::node(at, Kind::Call(&PARSE_TIME, vec![text]))
            }
            _ => Err((place, format!("there is no time.{name}; there are Now, Parse, Second, Minute and Hour"))),
        }
    }

    /// A method of a time or a duration, whose bracket comes next; `None` if there is none of the name.
    pub(super) fn method(&mut self, at: usize, node: &Node, name: &str) -> Option<Parsed> {
        if matches!(self.scope, Scope::Measurement) {
            return None;
        }
        if let Some((_, seconds)) = PARTS.iter().find(|(known, _)| *known == name) {
            return Some(self.part(at, node, *seconds));
        }
        let join: fn(Box<Node>, Node) -> Kind = match name {
            "Sub" => |left, right| Kind::Binary(Binary::Subtract, left, Box::new(right)),
            "Add" => |left, right| Kind::Binary(Binary::Add, left, Box::new(right)),
            "Equal" => |left, right| Kind::Binary(Binary::Equal, left, Box::new(right)),
            "Before" => |left, right| Kind::Comparison(left, vec![(Order::Less, right)]),
            "After" => |left, right| Kind::Comparison(left, vec![(Order::More, right)]),
            "Unix" => return Some(self.whole_seconds(at, node)),
            _ => return None,
        };
        let node = Box::new(node.clone());
        Some(self.argument().and_then(|argument| Self::node(at, join(node, argument))))
    }

    fn part(&mut self, at: usize, node: &Node, seconds: f64) -> Parsed {
        self.expect("(")?;
        self.expect(")")?;
        let seconds = Box::new(Self::node(at, Kind::Float(seconds))?);
        Self::node(at, Kind::Binary(Binary::Divide, Box::new(node.clone()), seconds))
    }

    fn whole_seconds(&mut self, at: usize, node: &Node) -> Parsed {
        self.expect("(")?;
        self.expect(")")?;
        match Function::named("floor") {
            Some(floor) => Self::node(at, Kind::Call(floor, vec![node.clone()])),
            None => self.unexpected(),
        }
    }

    /// The only argument of a call.
    fn argument(&mut self) -> Parsed {
        self.expect("(")?;
        let argument = self.nested(|parser| parser.expression(0))?;
        self.expect(")")?;
        Ok(argument)
    }
}
