//! From source to tokens, trim markers and comments done.

mod token;

use crate::error::Flaw;

/// A token and the byte it begins at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'s> {
    pub(crate) at: usize,
    pub(crate) kind: Kind<'s>,
}

/// What a token is; literals are as written, with their quotes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind<'s> {
    Text(&'s str),
    LeftDelimiter,
    RightDelimiter,
    LeftParen,
    RightParen,
    Space,
    Pipe,
    Assign,
    Declare,
    Comma,
    Dot,
    Nil,
    Bool(bool),
    Char(&'s str),
    Number(&'s str),
    Quoted(&'s str),
    Raw(&'s str),
    Field(&'s str),
    Identifier(&'s str),
    Keyword(&'s str),
    Variable(&'s str),
    End,
}

/// The spaces that trim markers take away, and that separate operands.
const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

/// Splits a source into its tokens; the last is always [`Kind::End`].
pub(crate) fn lex(source: &str) -> Result<Vec<Token<'_>>, Flaw> {
    let mut lexer = Lexer { source, at: 0, tokens: Vec::new() };
    while lexer.text()? {
        lexer.action()?;
    }
    lexer.push(source.len(), Kind::End);
    Ok(lexer.tokens)
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    tokens: Vec<Token<'s>>,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn slice(&self, from: usize) -> &'s str {
        self.source.get(from..self.at).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn push(&mut self, at: usize, kind: Kind<'s>) {
        self.tokens.push(Token { at, kind });
    }

    /// Takes text up to the next action and its delimiter; false when there is none. Comments are passed over.
    fn text(&mut self) -> Result<bool, Flaw> {
        loop {
            let rest = self.rest();
            let Some(found) = rest.find("{{") else {
                if !rest.is_empty() {
                    self.push(self.at, Kind::Text(rest));
                }
                return Ok(false);
            };
            let after = rest.get(found + 2..).unwrap_or_default();
            let trims = starts_trimmed(after);
            let text = rest.get(..found).unwrap_or_default();
            let text = if trims { text.trim_end_matches(SPACES) } else { text };
            if !text.is_empty() {
                self.push(self.at, Kind::Text(text));
            }
            let opening = self.at + found;
            self.at = opening + 2 + if trims { 2 } else { 0 };
            if !self.rest().starts_with("/*") {
                self.push(opening, Kind::LeftDelimiter);
                return Ok(true);
            }
            self.comment(opening)?;
        }
    }

    fn comment(&mut self, opening: usize) -> Result<(), Flaw> {
        let body = self.rest().get(2..).unwrap_or_default();
        let length =
            body.find("*/").ok_or_else(|| (opening, "the comment is not closed; end it by */}}".to_owned()))?;
        self.at += 2 + length + 2;
        if !self.right_delimiter() {
            return Err((self.at, "a comment fills its action; }} must follow */".to_owned()));
        }
        Ok(())
    }

    /// Takes a right delimiter, with its trim marker and what that trims.
    fn right_delimiter(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with("}}") {
            self.at += 2;
            return true;
        }
        let trims = rest.starts_with(SPACES) && rest.get(1..).is_some_and(|rest| rest.starts_with("-}}"));
        if trims {
            self.at += 4;
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        }
        trims
    }

    /// Takes the tokens up to and with the right delimiter.
    fn action(&mut self) -> Result<(), Flaw> {
        let mut parens = 0usize;
        loop {
            let start = self.at;
            if self.right_delimiter() {
                self.push(start, Kind::RightDelimiter);
                return if parens == 0 { Ok(()) } else { Err((start, "a ( is not closed".to_owned())) };
            }
            let Some(char) = self.peek() else {
                return Err((start, "the action is not closed; end it by }}".to_owned()));
            };
            match char {
                '(' => parens += 1,
                ')' if parens == 0 => return Err((start, "there is no ( for this )".to_owned())),
                ')' => parens -= 1,
                _ => (),
            }
            let kind = self.token(char, start)?;
            self.push(start, kind);
        }
    }
}

fn starts_trimmed(after: &str) -> bool {
    after.strip_prefix('-').is_some_and(|after| after.starts_with(SPACES))
}
