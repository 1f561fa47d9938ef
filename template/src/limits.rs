//! What a template may cost.

use crate::error::Failure;

/// How deep control structures and parentheses may nest in a source.
pub(crate) const NESTING: usize = 64;

/// How deep evaluation may go: control structures, parentheses and templates in templates together.
pub(crate) const DEPTH: usize = 120;

/// How deep lists and maps may nest where a function has to look into all of them.
pub(crate) const VALUE_DEPTH: usize = 130;

/// The most that one parsing or rendering may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a source.
    pub source: usize,
    /// Steps: each action, operand, element of a loop or of a list that a function looks at, and each 64 bytes of text.
    pub steps: usize,
    /// Bytes of the text that comes out.
    pub output: usize,
    /// Bytes of one text on the way.
    pub text: usize,
    /// Bytes of everything made on the way.
    pub memory: usize,
    /// Bytes of a compiled regular expression.
    pub pattern: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let kib = 1 << 10;
        let mib = 1 << 20;
        Limits { source: 256 * kib, steps: 200_000, output: mib, text: mib, memory: 32 * mib, pattern: mib }
    }
}

/// What is left of the limits while a template is rendered.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    steps: usize,
    memory: usize,
}

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        Budget { limits, steps: limits.steps, memory: limits.memory }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counts work.
    pub(crate) fn step(&mut self, count: usize) -> Result<(), Failure> {
        self.steps = self.steps.checked_sub(count).ok_or_else(|| {
            let limit = self.limits.steps;
            Failure::Limit(format!("it takes more than {limit} steps"))
        })?;
        Ok(())
    }

    /// Counts memory, before it is taken.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        self.memory = self.memory.checked_sub(bytes).ok_or_else(|| {
            let limit = self.limits.memory;
            Failure::Limit(format!("it makes more than {limit} bytes on the way"))
        })?;
        Ok(())
    }

    /// Counts the memory of one text, before it is made.
    pub(crate) fn text(&mut self, bytes: usize) -> Result<(), Failure> {
        let limit = self.limits.text;
        if bytes > limit {
            return Err(Failure::Limit(format!("it makes a text of more than {limit} bytes")));
        }
        self.hold(bytes)
    }

    /// Counts a list of `count` elements, before it is made.
    pub(crate) fn list(&mut self, count: usize) -> Result<(), Failure> {
        self.step(count / 4)?;
        self.hold(count.saturating_mul(32))
    }
}

/// A text that is built up within the limits.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    text: String,
    limit: usize,
}

impl Growing {
    pub(crate) fn new(limit: usize) -> Self {
        Growing { text: String::new(), limit }
    }

    pub(crate) fn push(&mut self, part: &str) -> Result<(), Failure> {
        if self.text.len() + part.len() > self.limit {
            return Err(Failure::Limit(format!("it makes a text of more than {} bytes", self.limit)));
        }
        self.text.push_str(part);
        Ok(())
    }

    pub(crate) fn push_char(&mut self, char: char) -> Result<(), Failure> {
        self.push(char.encode_utf8(&mut [0; 4]))
    }

    /// Pushes `count` times the same.
    pub(crate) fn repeat(&mut self, part: &str, count: usize) -> Result<(), Failure> {
        let bytes = part.len().saturating_mul(count);
        if self.text.len().saturating_add(bytes) > self.limit {
            return Err(Failure::Limit(format!("it makes a text of more than {} bytes", self.limit)));
        }
        self.text.extend(std::iter::repeat_n(part, count));
        Ok(())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}
