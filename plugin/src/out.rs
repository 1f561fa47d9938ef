//! Standard output: coloured or not, redrawn in place or one block after the other.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use anstream::ColorChoice;
use anstream::adapter::strip_str;

/// What standard output can do, found out once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    coloured: bool,
    /// Whether the cursor can be moved. False for pipes and dumb terminals.
    pub(crate) redraws: bool,
}

impl Out {
    /// Looks at the terminal and at the environment.
    pub(crate) fn new(no_color: bool) -> Self {
        let stdout = io::stdout();
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        Self {
            coloured: !no_color && anstream::AutoStream::choice(&stdout) != ColorChoice::Never,
            redraws: stdout.is_terminal() && !dumb,
        }
    }

    /// Prints a line.
    pub(crate) fn line(self, text: &str) -> io::Result<()> {
        self.block(&[text.to_owned()])
    }

    /// Prints lines.
    pub(crate) fn block(self, lines: &[String]) -> io::Result<()> {
        let mut text = String::new();
        for line in lines {
            text.push_str(&self.painted(line));
            text.push('\n');
        }
        write(&text)
    }

    /// Draws lines over what was drawn before; one write, so that nothing flickers.
    pub(crate) fn redraw(self, lines: &[String]) -> io::Result<()> {
        let mut text = String::from("\x1b[H");
        for line in lines {
            // Each line clears what an earlier, longer one left behind it; the last clears what is below.
            let _ = writeln!(text, "{}\x1b[K", self.painted(line));
        }
        text.push_str("\x1b[J");
        write(&text)
    }

    fn painted(self, line: &str) -> String {
        if self.coloured { line.to_owned() } else { strip_str(line).to_string() }
    }
}

/// Makes room for [`Out::redraw`].
pub(crate) fn clear() -> io::Result<()> {
    write("\x1b[2J")
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
