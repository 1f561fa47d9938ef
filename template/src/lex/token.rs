//! The tokens inside an action.

use super::{Kind, Lexer, SPACES};
use crate::error::Flaw;

const KEYWORDS: [&str; 10] = ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

impl<'s> Lexer<'s> {
    pub(super) fn token(&mut self, first: char, start: usize) -> Result<Kind<'s>, Flaw> {
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

fn is_name(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}
