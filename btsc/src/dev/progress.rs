//! What a starting stack says: one line a step, with what came of it and how long it took.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// The steps of a start.
pub(super) struct Progress {
    steps: u32,
    begun: Instant,
    current: AtomicU32,
    terminal: bool,
}

/// One step. Its line is written over while it runs, if a person watches.
pub(super) struct Step<'a> {
    progress: &'a Progress,
    number: u32,
    name: &'static str,
    begun: Instant,
}

impl Progress {
    pub(super) fn start(steps: u32) -> Self {
        Self {
            steps,
            begun: Instant::now(),
            current: AtomicU32::new(0),
            terminal: std::io::stdout().is_terminal(),
        }
    }

    pub(super) fn step(&self, name: &'static str) -> Step<'_> {
        let number = self.current.fetch_add(1, Ordering::Relaxed) + 1;
        let step = Step {
            progress: self,
            number,
            name,
            begun: Instant::now(),
        };
        step.update("…");
        step
    }

    /// Something that was found and mended on the way.
    pub(super) fn note(&self, text: &str) {
        self.erase();
        println!("      {text}");
    }

    pub(super) fn seconds(&self) -> u64 {
        self.begun.elapsed().as_secs()
    }

    fn erase(&self) {
        if self.terminal {
            print!("\r\x1b[K");
        }
    }
}

impl Step<'_> {
    /// Shows how far the step has come. On a terminal only: a log would fill with it.
    pub(super) fn update(&self, text: &str) {
        if self.progress.terminal {
            self.progress.erase();
            print!("{}", self.line(text));
            let _ = std::io::stdout().flush();
        }
    }

    /// Ends the step and says what came of it.
    pub(super) fn done(self, text: &str) {
        self.progress.erase();
        println!("{} ({:.1} s)", self.line(text), self.begun.elapsed().as_secs_f64());
    }

    fn line(&self, text: &str) -> String {
        format!("[{}/{}] {}: {text}", self.number, self.progress.steps, self.name)
    }
}
