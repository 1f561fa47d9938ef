//! Lines of an answer that comes piece by piece.

use std::collections::VecDeque;

use crate::server::Failure;

/// Lines, as they become whole.
pub(crate) struct Lines {
    limit: usize,
    whole: VecDeque<Vec<u8>>,
    begun: Vec<u8>,
    too_long: bool,
}

impl Lines {
    /// None yet; none may be longer than that.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, whole: VecDeque::new(), begun: Vec::new(), too_long: false }
    }

    /// Takes in a piece.
    pub(crate) fn feed(&mut self, piece: &[u8]) {
        let mut parts = piece.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            self.too_long |= self.begun.len() + part.len() > self.limit;
            if !self.too_long {
                self.begun.extend_from_slice(part);
            }
            if parts.peek().is_some() && !self.begun.is_empty() {
                self.whole.push_back(std::mem::take(&mut self.begun));
            }
        }
    }

    /// The next whole line.
    pub(crate) fn next(&mut self) -> Option<Result<Vec<u8>, Failure>> {
        match self.whole.pop_front() {
            Some(line) => Some(Ok(line)),
            None => self.too_long.then_some(Err(Failure::Long(self.limit))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_were_cut() {
        let text = b"one\ntwo\n\nthree\nfo";
        for size in 1..text.len() {
            let mut lines = Lines::new(5);
            let mut seen = Vec::new();
            for piece in text.chunks(size) {
                lines.feed(piece);
                while let Some(line) = lines.next() {
                    seen.push(String::from_utf8(line.unwrap()).unwrap());
                }
            }
            assert_eq!(seen, ["one", "two", "three"], "in pieces of {size}");
        }
    }

    #[test]
    fn a_line_that_does_not_end_is_not_kept() {
        let mut lines = Lines::new(5);
        lines.feed(b"1\n");
        lines.feed(b"123456");
        assert_eq!(lines.next().unwrap().unwrap(), b"1");
        assert!(lines.next().unwrap().is_err());
    }
}
