//! From tokens to the tree of a template: text, actions and control structures.

mod control;
mod pipeline;

use std::collections::BTreeMap;

use crate::error::Flaw;
use crate::lex::{Kind, Token, lex};
use crate::limits::NESTING;
use crate::node::{BranchKind, Node};
use crate::unquote;

/// The trees of a source: the main one and those that it defines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trees {
    pub(crate) main: Vec<Node>,
    pub(crate) defined: BTreeMap<String, Vec<Node>>,
}

/// Reads a source; `is_function` says which names may be called.
pub(crate) fn parse(source: &str, is_function: &dyn Fn(&str) -> Result<(), String>) -> Result<Trees, Flaw> {
    let tokens = lex(source)?;
    let mut parser =
        Parser { tokens, next: 0, scope: Scope::default(), depth: 0, defined: BTreeMap::new(), is_function };
    let main = parser.main()?;
    Ok(Trees { main, defined: parser.defined })
}

struct Parser<'s> {
    tokens: Vec<Token<'s>>,
    next: usize,
    scope: Scope,
    depth: usize,
    defined: BTreeMap<String, Vec<Node>>,
    is_function: &'s dyn Fn(&str) -> Result<(), String>,
}

/// What may be named at a place of a template; a `define` and a `block` have one of their own.
#[derive(Default)]
struct Scope {
    /// Declared variables, with their `$`; `$` itself is always there.
    variables: Vec<String>,
    ranges: usize,
}

/// What ended a list of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    End,
    Else,
    /// `else if` or `else with`: the keyword is taken.
    ElseBranch(BranchKind),
}

impl<'s> Parser<'s> {
    fn peek(&self) -> Kind<'s> {
        self.tokens.get(self.next).map_or(Kind::End, |token| token.kind)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    fn take(&mut self) -> Kind<'s> {
        let kind = self.peek();
        self.next += 1;
        kind
    }

    fn skip_spaces(&mut self) {
        while self.peek() == Kind::Space {
            self.next += 1;
        }
    }

    fn flaw<T>(&self, message: impl Into<String>) -> Result<T, Flaw> {
        Err((self.at(), message.into()))
    }

    fn right_delimiter(&mut self, after: &str) -> Result<(), Flaw> {
        self.skip_spaces();
        if self.peek() != Kind::RightDelimiter {
            return self.flaw(format!("expected }}}} after {after}"));
        }
        self.next += 1;
        Ok(())
    }

    /// Goes one level deeper for `inner`.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Flaw>) -> Result<T, Flaw> {
        if self.depth == NESTING {
            return self.flaw(format!("this nests deeper than {NESTING} levels; split it by define and template"));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Reads the whole source: only here is `define` allowed.
    fn main(&mut self) -> Result<Vec<Node>, Flaw> {
        let mut nodes = Vec::new();
        while self.peek() != Kind::End {
            let start = self.next;
            if self.take() == Kind::LeftDelimiter {
                self.skip_spaces();
                if self.peek() == Kind::Keyword("define") {
                    self.next += 1;
                    self.definition()?;
                    continue;
                }
            }
            self.next = start;
            match self.piece()? {
                Ok(node) => nodes.push(node),
                Err(_) => return Err((self.position_of(start), "there is nothing open to end here".to_owned())),
            }
        }
        Ok(nodes)
    }

    fn position_of(&self, index: usize) -> usize {
        self.tokens.get(index).map_or(0, |token| token.at)
    }

    fn definition(&mut self) -> Result<(), Flaw> {
        let at = self.at();
        let name = self.name("define")?;
        self.right_delimiter("the name of a define")?;
        self.body(at, name)
    }

    /// Reads the body of a `define` or a `block`, in which no outer variable is known.
    fn body(&mut self, at: usize, name: String) -> Result<(), Flaw> {
        let outer = std::mem::take(&mut self.scope);
        let (nodes, ending) = self.list()?;
        self.scope = outer;
        if ending != Ending::End {
            return Err((at, format!("the template {name:?} has an else of its own; end it first")));
        }
        let empty =
            |nodes: &[Node]| nodes.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()));
        match self.defined.get(&name) {
            Some(before) if !empty(before) && !empty(&nodes) => {
                return Err((at, format!("the template {name:?} is defined twice; give one another name")));
            }
            Some(before) if !empty(before) => (),
            _ => {
                self.defined.insert(name, nodes);
            }
        }
        Ok(())
    }

    /// Reads nodes up to `end` or `else`.
    fn list(&mut self) -> Result<(Vec<Node>, Ending), Flaw> {
        let opened = self.at();
        let mut nodes = Vec::new();
        while self.peek() != Kind::End {
            match self.piece()? {
                Ok(node) => nodes.push(node),
                Err(ending) => return Ok((nodes, ending)),
            }
        }
        Err((opened, "what begins before here is not ended; add {{end}}".to_owned()))
    }

    /// Reads a text or an action; `Err` holds what ends a list.
    fn piece(&mut self) -> Result<Result<Node, Ending>, Flaw> {
        if let Kind::Text(text) = self.peek() {
            self.next += 1;
            return Ok(Ok(Node::Text(text.to_owned())));
        }
        // Between actions there are only texts, so this is a left delimiter.
        self.next += 1;
        self.skip_spaces();
        let Kind::Keyword(word) = self.peek() else {
            let pipe = self.pipeline("an action", Kind::RightDelimiter)?;
            return Ok(Ok(Node::Action(pipe)));
        };
        let at = self.at();
        self.next += 1;
        let node = match word {
            "end" => {
                self.right_delimiter("end")?;
                return Ok(Err(Ending::End));
            }
            "else" => return self.else_ending().map(Err),
            "if" => self.nested(|parser| parser.branch(BranchKind::If))?,
            "with" => self.nested(|parser| parser.branch(BranchKind::With))?,
            "range" => self.nested(Self::range)?,
            "template" => self.invocation(at)?,
            "block" => self.nested(|parser| parser.block(at))?,
            "break" => self.jump(at, "break", Node::Break)?,
            "continue" => self.jump(at, "continue", Node::Continue)?,
            _ => return Err((at, "a define stands by itself, outside of other actions".to_owned())),
        };
        Ok(Ok(node))
    }

    fn name(&mut self, of: &str) -> Result<String, Flaw> {
        self.skip_spaces();
        let name = match self.peek() {
            Kind::Quoted(text) => unquote::text(text).or_else(|message| self.flaw(message))?,
            Kind::Raw(text) => unquote::raw(text),
            _ => return self.flaw(format!("expected the name of the {of}, in quotes")),
        };
        self.next += 1;
        Ok(name)
    }
}
