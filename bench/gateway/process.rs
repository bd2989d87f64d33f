//! What the system tells of a process: processor time and memory.

use sekisho_e2e::Trouble;

/// Processor time, in the system's ticks of 10 ms.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    /// In the process's own code, in microseconds.
    pub(crate) user: f64,
    /// In the kernel, in microseconds.
    pub(crate) system: f64,
}

impl Spent {
    /// In both.
    pub(crate) fn all(self) -> f64 {
        self.user + self.system
    }

    /// What was spent since, for each of that number.
    pub(crate) fn since(self, before: Self, count: f64) -> Self {
        Self { user: (self.user - before.user) / count, system: (self.system - before.system) / count }
    }
}

/// What a process has spent (`None`: this one).
pub(crate) fn spent(process: Option<u32>) -> Result<Spent, Trouble> {
    let file = format!("/proc/{}/stat", name(process));
    let stat = std::fs::read_to_string(&file).map_err(Trouble::during(&file))?;
    // The name may hold spaces; what is counted comes after its closing parenthesis.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default() * 10_000.0;
    Ok(Spent { user: ticks(11), system: ticks(12) })
}

/// The process itself, or its one child where it only watches over that.
pub(crate) fn worker(process: u32) -> Result<u32, Trouble> {
    let file = format!("/proc/{process}/task/{process}/children");
    let children = std::fs::read_to_string(&file).map_err(Trouble::during(&file))?;
    Ok(children.split_whitespace().next().and_then(|child| child.parse().ok()).unwrap_or(process))
}

/// The resident memory of a process, in bytes.
pub(crate) fn resident(process: u32) -> Result<u64, Trouble> {
    let file = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&file).map_err(Trouble::during(&file))?;
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
    kilobytes.map(|kilobytes: u64| kilobytes * 1024).ok_or_else(|| Trouble::new("it tells no resident memory"))
}

fn name(process: Option<u32>) -> String {
    process.map_or_else(|| "self".to_owned(), |id| id.to_string())
}
