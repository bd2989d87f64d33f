//! A line on the terminal that moves while a long request is answered. Standard error, and only where it is a terminal.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Requests that are answered sooner show nothing.
const PATIENCE: Duration = Duration::from_millis(300);
const STEP: Duration = Duration::from_millis(100);
/// The width of the bar in characters, and of the part that moves through it.
const WIDTH: usize = 24;
const PART: usize = 6;

/// A progress bar of work whose length is not known. It is removed from the terminal when dropped.
#[derive(Debug)]
pub struct Progress {
    stop: Option<Sender<()>>,
    drawing: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows that work goes on until the value is dropped.
    #[must_use]
    pub fn of(what: String) -> Self {
        if !stderr().is_terminal() {
            return Self { stop: None, drawing: None };
        }
        let (stop, stopped) = channel();
        let drawing = std::thread::spawn(move || draw(&what, &stopped));
        Self { stop: Some(stop), drawing: Some(drawing) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(drawing) = self.drawing.take() {
            // A thread that could not draw has nothing to clear away.
            let _ = drawing.join();
        }
    }
}

fn draw(what: &str, stopped: &Receiver<()>) {
    if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    let (began, mut terminal) = (Instant::now(), stderr());
    for step in 0.. {
        let seconds = (began.elapsed() + PATIENCE).as_secs_f32();
        // A terminal that is gone takes no progress; the request goes on.
        let _ = write!(terminal, "\r[{}] {what}, {seconds:.1} s", bar(step));
        let _ = terminal.flush();
        if stopped.recv_timeout(STEP) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    let _ = write!(terminal, "\r\x1b[K");
    let _ = terminal.flush();
}

/// A part that moves from left to right and back.
fn bar(step: usize) -> String {
    let way = WIDTH - PART;
    let at = step % (2 * way);
    let from = if at > way { 2 * way - at } else { at };
    (0..WIDTH).map(|place| if (from..from + PART).contains(&place) { '=' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_has_one_width_and_moves_to_both_ends() {
        let bars: Vec<String> = (0..80).map(bar).collect();
        assert!(bars.iter().all(|bar| bar.len() == WIDTH && bar.trim() == "======"));
        assert!(bars.iter().any(|bar| bar.starts_with('=')) && bars.iter().any(|bar| bar.ends_with('=')));
    }
}
