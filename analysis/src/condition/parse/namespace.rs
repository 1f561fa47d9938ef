//! Functions that conditions about things with names of their own call by a namespace: `strings.ReplaceAll(a, b, c)`,
//! `repo.FullNameByRepoURL(a)`, `sync.GetInfoItem(app, 'ticket')`.

use super::super::ast::Kind;
use super::super::functions::{self, Function};
use super::super::lex::TokenKind;
use super::{Parsed, Parser};

/// What templates know, and conditions cannot: it would have to be fetched while a condition is judged.
const FETCHED: [&str; 2] = ["GetCommitMetadata", "GetAppDetails"];

/// Whether functions are called by that name.
pub(super) fn is_one(name: &str) -> bool {
    functions::NAMESPACED.iter().any(|(space, ..)| *space == name)
}

impl Parser {
    /// What follows the namespace: `.Function(…)`.
    pub(super) fn in_namespace(&mut self, at: usize, space: &str) -> Parsed {
        self.expect(".")?;
        let TokenKind::Name(name) = self.peek().clone() else { return self.unexpected() };
        let place = self.at();
        self.next += 1;
        if space == "repo" && FETCHED.contains(&name.as_str()) {
            return Err((place, format!("repo.{name} is for templates; a condition has only what the object says")));
        }
        let of_space = functions::NAMESPACED.iter().filter(|(of, ..)| *of == space);
        let known: Vec<&str> = of_space.clone().map(|(_, name, _)| *name).collect();
        let mut found = of_space.filter(|(_, known, _)| *known == name);
        let Some((_, _, function)) = found.next() else {
            return Err((place, format!("there is no {space}.{name}; there are {}", known.join(", "))));
        };
        self.expect("(")?;
        let mut arguments = Vec::new();
        while self.sign() != ")" {
            arguments.push(self.nested(|parser| parser.expression(0))?);
            if self.sign() != ")" {
                self.expect(",")?;
            }
        }
        self.expect(")")?;
        let function: &'static Function = function;
        Self::node(at, Kind::Call(function, arguments))
    }
}
