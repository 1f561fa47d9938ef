//! Control structures: branches, ranges, and templates in templates.

use super::{Ending, Parser};
use crate::error::Flaw;
use crate::lex::Kind;
use crate::node::{Branch, BranchKind, Invocation, Node, Range};

impl Parser<'_> {
    pub(super) fn else_ending(&mut self) -> Result<Ending, Flaw> {
        self.skip_spaces();
        match self.peek() {
            Kind::Keyword("if") => {
                self.next += 1;
                Ok(Ending::ElseBranch(BranchKind::If))
            }
            Kind::Keyword("with") => {
                self.next += 1;
                Ok(Ending::ElseBranch(BranchKind::With))
            }
            _ => self.right_delimiter("else").map(|()| Ending::Else),
        }
    }

    pub(super) fn jump(&mut self, at: usize, word: &str, node: Node) -> Result<Node, Flaw> {
        self.right_delimiter(word)?;
        if self.scope.ranges == 0 {
            return Err((at, format!("{word} stands outside of a range")));
        }
        Ok(node)
    }

    pub(super) fn branch(&mut self, kind: BranchKind) -> Result<Node, Flaw> {
        let outer = self.scope.variables.len();
        let mut arms = Vec::new();
        let otherwise = loop {
            let pipe = self.pipeline("if or with", Kind::RightDelimiter)?;
            let (nodes, ending) = self.list()?;
            arms.push((pipe, nodes));
            match ending {
                Ending::End => break Vec::new(),
                Ending::Else => break self.last_list()?,
                Ending::ElseBranch(next) if next == kind => (),
                Ending::ElseBranch(_) => return self.flaw("if goes on by else if, and with by else with"),
            }
        };
        self.scope.variables.truncate(outer);
        Ok(Node::Branch(Branch { kind, arms, otherwise }))
    }

    /// Reads the nodes after a plain `else`.
    fn last_list(&mut self) -> Result<Vec<Node>, Flaw> {
        let at = self.at();
        let (nodes, ending) = self.list()?;
        if ending == Ending::End { Ok(nodes) } else { Err((at, "there is an else after the last else".to_owned())) }
    }

    pub(super) fn range(&mut self) -> Result<Node, Flaw> {
        let outer = self.scope.variables.len();
        let pipe = self.pipeline("range", Kind::RightDelimiter)?;
        self.scope.ranges += 1;
        let (body, ending) = self.list()?;
        self.scope.ranges -= 1;
        let otherwise = match ending {
            Ending::End => Vec::new(),
            Ending::Else => self.last_list()?,
            Ending::ElseBranch(_) => return self.flaw("a range has a plain else only"),
        };
        self.scope.variables.truncate(outer);
        Ok(Node::Range(Range { pipe, body, otherwise }))
    }

    pub(super) fn invocation(&mut self, at: usize) -> Result<Node, Flaw> {
        let name = self.name("template")?;
        self.skip_spaces();
        let pipe = if self.peek() == Kind::RightDelimiter {
            self.next += 1;
            None
        } else {
            Some(self.pipeline("template", Kind::RightDelimiter)?)
        };
        Ok(Node::Template(Invocation { at, name, pipe }))
    }

    pub(super) fn block(&mut self, at: usize) -> Result<Node, Flaw> {
        let name = self.name("block")?;
        let pipe = Some(self.pipeline("block", Kind::RightDelimiter)?);
        self.body(at, name.clone())?;
        Ok(Node::Template(Invocation { at, name, pipe }))
    }
}
