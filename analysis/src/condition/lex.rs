//! Cuts a condition into tokens.

use std::iter::Peekable;
use std::str::CharIndices;

use super::escape;

/// A token and the byte offset where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) at: usize,
    pub(super) kind: TokenKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A name that is no operator.
    Name(String),
    /// The digits of a number as written, without `_`.
    Number(String),
    Text(String),
    /// A sign, a bracket, or an operator that is a word.
    Sign(&'static str),
    End,
}

/// Words that are operators wherever they stand.
const WORDS: &[&str] =
    &["not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else"];

/// Signs, longest first so that the first match is the right one.
const SIGNS: &[&str] = &[
    "**", "&&", "||", "==", "!=", "<=", ">=", "?.", "??", "..", "::", "(", ")", "[", "]", "{", "}", ",", ";", "%", "+",
    "-", "^", "!", "=", "*", "<", ">", "?", "/", "#", "|", ":", ".",
];

/// Where and why a source could not be read.
pub(super) type Flaw = (usize, String);

pub(super) fn tokens(source: &str) -> Result<Vec<Token>, Flaw> {
    let mut lexer = Lexer { source, chars: source.char_indices().peekable() };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let at = lexer.at();
        let kind = lexer.token()?;
        let ended = kind == TokenKind::End;
        tokens.push(Token { at, kind });
        if ended {
            return Ok(tokens);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    chars: Peekable<CharIndices<'s>>,
}

impl Lexer<'_> {
    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.source.len(), |(at, _)| *at)
    }

    fn rest(&mut self) -> &str {
        let at = self.at();
        self.source.get(at..).unwrap_or("")
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, char)| *char)
    }

    fn skip(&mut self, chars: usize) {
        for _ in 0..chars {
            self.chars.next();
        }
    }

    /// Takes chars while they fit and returns them.
    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some((_, char)) = self.chars.next_if(|(_, char)| fits(*char)) {
            taken.push(char);
        }
        taken
    }

    fn skip_blanks(&mut self) -> Result<(), Flaw> {
        loop {
            self.take_while(char::is_whitespace);
            if self.rest().starts_with("//") {
                self.take_while(|char| char != '\n');
            } else if self.rest().starts_with("/*") {
                let at = self.at();
                let end = self.rest().find("*/").ok_or((at, "close the comment with */".to_owned()))?;
                while self.at() < at + end + 2 {
                    self.skip(1);
                }
            } else {
                return Ok(());
            }
        }
    }

    fn token(&mut self) -> Result<TokenKind, Flaw> {
        let at = self.at();
        let Some(first) = self.peek() else { return Ok(TokenKind::End) };
        match first {
            '\'' | '"' => self.quoted(first),
            '`' => self.raw(),
            '0'..='9' => self.number(),
            '.' if self.rest().chars().nth(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            _ if is_name(first) => Ok(self.word()),
            _ => self.sign().ok_or_else(|| (at, format!("remove the character {first:?}: it has no meaning here"))),
        }
    }

    fn word(&mut self) -> TokenKind {
        let word = self.take_while(is_name);
        match WORDS.iter().find(|known| **known == word) {
            Some(known) => TokenKind::Sign(known),
            None => TokenKind::Name(word),
        }
    }

    fn sign(&mut self) -> Option<TokenKind> {
        let sign = SIGNS.iter().find(|sign| self.rest().starts_with(**sign))?;
        self.skip(sign.len());
        Some(TokenKind::Sign(sign))
    }

    fn number(&mut self) -> Result<TokenKind, Flaw> {
        let at = self.at();
        let mut digits = String::new();
        let radix = self.radix_prefix(&mut digits);
        let is_digit = move |char: char| char == '_' || char.is_digit(radix);
        digits += &self.take_while(is_digit);
        // `1..3` is a range, not `1.` followed by `.3`.
        if self.peek() == Some('.') && !self.rest().starts_with("..") {
            self.skip(1);
            digits.push('.');
            digits += &self.take_while(is_digit);
        }
        if radix != 16 && matches!(self.peek(), Some('e' | 'E')) {
            self.skip(1);
            digits.push('e');
            if let Some(sign @ ('+' | '-')) = self.peek() {
                self.skip(1);
                digits.push(sign);
            }
            digits += &self.take_while(is_digit);
        }
        if self.peek().is_some_and(is_name) {
            return Err((at, format!("separate the number {digits} from the name after it")));
        }
        Ok(TokenKind::Number(digits.replace('_', "")))
    }

    fn radix_prefix(&mut self, digits: &mut String) -> u32 {
        let prefix: String = self.rest().chars().take(2).collect::<String>().to_lowercase();
        let radix = match prefix.as_str() {
            "0x" => 16,
            "0o" => 8,
            "0b" => 2,
            _ => return 10,
        };
        self.skip(2);
        digits.push_str(&prefix);
        radix
    }

    fn quoted(&mut self, quote: char) -> Result<TokenKind, Flaw> {
        let start = self.at();
        self.skip(1);
        let mut text = String::new();
        loop {
            let at = self.at();
            match self.chars.next() {
                Some((_, char)) if char == quote => return Ok(TokenKind::Text(text)),
                None | Some((_, '\n')) => return Err((start, format!("close the text with {quote}"))),
                Some((_, '\r')) => text.push('\n'),
                Some((_, '\\')) => {
                    let mut next = || self.chars.next().map(|(_, char)| char);
                    let char = escape::read(quote, &mut next).ok_or((at, "correct the escape".to_owned()))?;
                    text.push(char);
                }
                Some((_, char)) => text.push(char),
            }
        }
    }

    /// A text in backticks: no escapes, a doubled backtick stands for one.
    fn raw(&mut self) -> Result<TokenKind, Flaw> {
        let start = self.at();
        self.skip(1);
        let mut text = String::new();
        loop {
            text += &self.take_while(|char| char != '`');
            if self.chars.next().is_none() {
                return Err((start, "close the text with `".to_owned()));
            }
            if self.peek() != Some('`') {
                return Ok(TokenKind::Text(text));
            }
            self.skip(1);
            text.push('`');
        }
    }
}

fn is_name(char: char) -> bool {
    char == '_' || char == '$' || char.is_alphanumeric()
}
