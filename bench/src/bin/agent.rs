//! What the agent costs while nothing happens, and how soon a change on the device cuts an open tunnel.
//!
//! Idle: processor time of the agent's process over a minute, from `/proc/PID/stat`. Cut: a forbidden port is opened on the device
//! while a tunnel of its owner is open; the time until the tunnel's program ends, again and again.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};

use sekisho_e2e::Trouble;
use sekisho_e2e::platform::{AgentProcess, Platform, Terminal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;
use tokio::time::{sleep, timeout};

const IDLE_FOR: Duration = Duration::from_secs(60);
/// Shares of a core, in thousandths.
const IDLE_LIMIT: f64 = 5.0;
const CHANGES: usize = 50;
const CUT_LIMIT: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(60);
/// `USER_HZ`, which Linux gives programs on every processor.
const TICKS_PER_SECOND: f64 = 100.0;

const POLICY: &str = r#"
@id("engineers-use-servers")
@reason("Servers are for engineers, from a compliant device.")
permit (principal in Sekisho::Group::"engineers", action == Sekisho::Action::"connect", resource == Sekisho::Resource::"server")
when { context has device && context.device has compliant && context.device.compliant };
"#;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> std::process::ExitCode {
    match measure().await {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            say(&format!("not measured: {error}"));
            std::process::ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<bool, Trouble> {
    let forbidden = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let forbidden = forbidden.map_err(Trouble::during("finding a port"))?.port();
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(Trouble::during("listening"))?;
    let address = server.local_addr().map_err(Trouble::during("listening"))?.to_string();
    tokio::spawn(echo(server));
    let platform = Platform::start(1).await?;
    platform.apply(&[("all.toml", &documents(&address, forbidden)), ("all.cedar", POLICY)]).await?;
    let agent = platform.enrolled("laptop", "alice").await?;
    let mut alice = platform.signed_in("alice").await?;
    let terminal = platform.terminal(Some(&agent))?;
    terminal.login(&mut alice).await?;

    let idle = idle(&agent).await?;
    say(&format!("agent, idle:  {:.2} % of a core over {IDLE_FOR:?} (limit {:.1} %)", idle / 10.0, IDLE_LIMIT / 10.0));
    let mut times = Vec::with_capacity(CHANGES);
    for _ in 0..CHANGES {
        times.push(cut(&terminal, forbidden).await?);
        platform.becomes_compliant("laptop", true).await?;
    }
    times.sort_unstable();
    let (half, most) = (at(&times, 50), at(&times, 99));
    say(&format!("port to cut:  p50 {half:?}, p99 {most:?} of {CHANGES} changes (limit {CUT_LIMIT:?})"));
    Ok(idle <= IDLE_LIMIT && most <= CUT_LIMIT)
}

/// The thousandths of a core that the agent takes.
async fn idle(agent: &AgentProcess) -> Result<f64, Trouble> {
    let process = agent.process().ok_or_else(|| Trouble::new("the agent ended".to_owned()))?;
    // The first readings of everything are not idleness.
    sleep(Duration::from_secs(10)).await;
    let before = ticks(process)?;
    let began = Instant::now();
    sleep(IDLE_FOR).await;
    let spent = ticks(process)? - before;
    Ok(spent / TICKS_PER_SECOND / began.elapsed().as_secs_f64() * 1000.0)
}

/// User and system time of a process.
fn ticks(process: u32) -> Result<f64, Trouble> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).map_err(Trouble::during("/proc/PID/stat"))?;
    // The name may hold spaces and brackets; the state is the first field behind it.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    let mut times = fields.split_ascii_whitespace().skip(11).map(str::parse::<f64>);
    match (times.next(), times.next()) {
        (Some(Ok(user)), Some(Ok(system))) => Ok(user + system),
        _ => Err(Trouble::new(format!("not the times of a process: {stat}"))),
    }
}

/// Opens a tunnel, waits until it carries, opens the port, and says how long the tunnel lived on.
async fn cut(terminal: &Terminal, forbidden: u16) -> Result<Duration, Trouble> {
    let mut tunnel = open(terminal).await?;
    let began = Instant::now();
    let listener = TcpListener::bind(("127.0.0.1", forbidden)).map_err(Trouble::during("the forbidden port"))?;
    timeout(PATIENCE, tunnel.wait()).await.map_err(Trouble::during("the cut"))?.map_err(Trouble::during("the cut"))?;
    let took = began.elapsed();
    drop(listener);
    Ok(took)
}

async fn open(terminal: &Terminal) -> Result<Child, Trouble> {
    let mut command = terminal.command(&["connect", "server"])?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut tunnel = command.spawn().map_err(Trouble::during("sekisho connect"))?;
    let (Some(input), Some(output)) = (tunnel.stdin.as_mut(), tunnel.stdout.as_mut()) else {
        return Err(Trouble::new("the tunnel has no pipes".to_owned()));
    };
    input.write_all(b"open\n").await.map_err(Trouble::during("writing into the tunnel"))?;
    let mut back = [0; 5];
    let read = timeout(PATIENCE, output.read_exact(&mut back)).await.map_err(Trouble::during("the tunnel's answer"))?;
    read.map_err(Trouble::during("the tunnel's answer"))?;
    Ok(tunnel)
}

/// Sends everything back.
async fn echo(server: tokio::net::TcpListener) {
    while let Ok((mut stream, _)) = server.accept().await {
        tokio::spawn(async move {
            let (mut input, mut output) = stream.split();
            let _ = tokio::io::copy(&mut input, &mut output).await;
        });
    }
}

fn documents(address: &str, forbidden: u16) -> String {
    format!(
        "[[group]]\nid = \"engineers\"\nname = \"Engineers\"\n\
         [[user]]\nid = \"alice\"\nname = \"Alice\"\nemployment = \"staff\"\ngroups = [\"engineers\"]\n\
         [[check]]\nid = \"no-forbidden-ports\"\nfact = \"ports.listening\"\nexpect = {{ holds-none = [\"{forbidden}\"] }}\n\
         reason = {{ en = \"A forbidden port is open.\" }}\nremedy = {{ en = \"Close it.\" }}\n\
         [[resource]]\nid = \"server\"\nname = {{ en = \"Server\" }}\nkind = \"tcp\"\naddresses = [\"{address}\"]\nsensitivity = 1\n"
    )
}

fn at(times: &[Duration], percent: usize) -> Duration {
    let position = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(position).copied().unwrap_or_default()
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
