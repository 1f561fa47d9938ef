//! From source to tokens, trim markers and comments done.

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

const KEYWORDS: [&str; 10] = ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];
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

    fn token(&mut self, first: char, start: usize) -> Result<Kind<'s>, Flaw> {
        self.at += first.len_utf8();
        match first {
            _ if SPACES.contains(&first) => Ok(self.spaces()),
            '=' => Ok(Kind::Assign),
            ':' if self.rest().starts_with('=') => {
                self.at += 1;
                Ok(Kind::Declare)
            }
            ':' => Err((start, "expected :=".to_owned())),
            '|' => Ok(Kind::Pipe),
            ',' => Ok(Kind::Comma),
            '(' => Ok(Kind::LeftParen),
            ')' => Ok(Kind::RightParen),
            '"' | '\'' => self.quoted(first, start),
            '`' => self.raw(start),
            '$' => self.name(start).map(Kind::Variable),
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => {
                let name = self.name(start)?;
                Ok(if name == "." { Kind::Dot } else { Kind::Field(name.get(1..).unwrap_or_default()) })
            }
            '.' | '+' | '-' | '0'..='9' => self.number(first, start),
            _ if is_name(first) => self.word(start),
            _ => Err((start, format!("{first:?} has no meaning in an action"))),
        }
    }

    /// Takes a run of spaces, but leaves the one that belongs to a trim marker.
    fn spaces(&mut self) -> Kind<'s> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        if self.rest().starts_with("-}}") {
            self.at -= 1;
        }
        Kind::Space
    }

    fn quoted(&mut self, quote: char, start: usize) -> Result<Kind<'s>, Flaw> {
        let open = || (start, format!("the {quote} is not closed in its line"));
        loop {
            let char = self.peek().ok_or_else(open)?;
            self.at += char.len_utf8();
            match char {
                '\n' => return Err(open()),
                '\\' => {
                    let escaped = self.peek().filter(|char| *char != '\n').ok_or_else(open)?;
                    self.at += escaped.len_utf8();
                }
                _ if char == quote => break,
                _ => (),
            }
        }
        let text = self.slice(start);
        Ok(if quote == '"' { Kind::Quoted(text) } else { Kind::Char(text) })
    }

    fn raw(&mut self, start: usize) -> Result<Kind<'s>, Flaw> {
        let length = self.rest().find('`').ok_or_else(|| (start, "the ` is not closed".to_owned()))?;
        self.at += length + 1;
        Ok(Kind::Raw(self.slice(start)))
    }

    /// Takes what is left of a name, and looks that something follows that ends one.
    fn name(&mut self, start: usize) -> Result<&'s str, Flaw> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_name).len();
        match self.peek() {
            Some(char) if !SPACES.contains(&char) && !".,|:)(".contains(char) && !self.rest().starts_with("}}") => {
                Err((self.at, format!("{char:?} cannot follow a name; put a space between")))
            }
            _ => Ok(self.slice(start)),
        }
    }

    fn word(&mut self, start: usize) -> Result<Kind<'s>, Flaw> {
        let word = self.name(start)?;
        Ok(match word {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "nil" => Kind::Nil,
            _ if KEYWORDS.contains(&word) => Kind::Keyword(word),
            _ => Kind::Identifier(word),
        })
    }

    /// Takes whatever looks like a number; the parser says whether it is one.
    fn number(&mut self, first: char, start: usize) -> Result<Kind<'s>, Flaw> {
        let digits = self.rest().trim_start_matches(['+', '-']);
        let hex =
            first == '0' && digits.starts_with(['x', 'X']) || digits.starts_with("0x") || digits.starts_with("0X");
        while let Some(char) = self.peek() {
            let before = self.slice(start).chars().last();
            let exponent = before.is_some_and(|before| if hex { "pP".contains(before) } else { "eE".contains(before) });
            if !(is_name(char) || char == '.' || exponent && "+-".contains(char)) {
                break;
            }
            self.at += char.len_utf8();
        }
        let text = self.slice(start);
        if self.peek().is_some_and(|next| "+-".contains(next)) || text.ends_with('i') {
            return Err((start, "complex numbers are not supported".to_owned()));
        }
        Ok(Kind::Number(text))
    }
}

fn starts_trimmed(after: &str) -> bool {
    after.strip_prefix('-').is_some_and(|after| after.starts_with(SPACES))
}

fn is_name(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}
