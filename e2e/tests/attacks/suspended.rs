//! TIME-08: a laptop that sleeps for eight hours with a tunnel open, and a platform that does. Whoever wakes up has to sign in
//! again: what passed while nothing ran counts.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sekisho_e2e::client::Person;
use sekisho_e2e::platform::{AgentProcess, Clock, Platform, Terminal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use crate::record::text;
use crate::scenario::{Outcome, conclude};

pub(crate) const CASES: [&str; 2] = ["TIME-08a", "TIME-08b"];

/// How long something is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
const EIGHT_HOURS: i64 = 8 * 3600;
const OWNER: &str = "traveller";
const POLICY: &str = "@id(\"servers\")
permit (principal in Sekisho::Group::\"travellers\", action == Sekisho::Action::\"connect\", resource)
when { context has device && context.device has compliant && context.device.compliant };
";

/// Somebody with a laptop, whose agent and terminal go by the platform's clock, or rather by their own.
struct Journey {
    clock: Clock,
    platform: Platform,
    person: Person,
    agent: AgentProcess,
    terminal: Terminal,
}

/// A tunnel through which something has gone, there and back.
struct Tunnel(Child);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_slept_for_eight_hours_signs_in_again() {
    let mut failures = Vec::new();
    failures.extend(the_laptop_sleeps().await.err().map(|error| format!("TIME-08a: {error}")));
    failures.extend(the_platform_sleeps().await.err().map(|error| format!("TIME-08b: {error}")));
    conclude("TIME (suspended)", CASES.len(), &failures);
}

async fn the_laptop_sleeps() -> Outcome {
    let journey = Journey::begin().await?;
    let tunnel = journey.tunnel().await?;
    for process in [journey.agent.process(), tunnel.0.id()] {
        signal(process, Signal::STOP)?;
    }
    journey.clock.forward(EIGHT_HOURS).map_err(|trouble| trouble.to_string())?;
    // The platform need not hear from the laptop to know that its session is over.
    journey.has_no_session().await?;
    for process in [journey.agent.process(), tunnel.0.id()] {
        signal(process, Signal::CONT)?;
    }
    tunnel.comes_to_its_end().await?;
    journey.asks_to_sign_in().await
}

async fn the_platform_sleeps() -> Outcome {
    let journey = Journey::begin().await?;
    let tunnel = journey.tunnel().await?;
    journey.platform.signal(Signal::STOP).map_err(|trouble| trouble.to_string())?;
    journey.clock.forward(EIGHT_HOURS).map_err(|trouble| trouble.to_string())?;
    journey.platform.signal(Signal::CONT).map_err(|trouble| trouble.to_string())?;
    tunnel.comes_to_its_end().await?;
    journey.has_no_session().await?;
    journey.asks_to_sign_in().await
}

fn signal(process: Option<u32>, signal: Signal) -> Outcome {
    let process = process.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw).ok_or("it has ended")?;
    kill_process(process, signal).map_err(|error| error.to_string())
}

impl Journey {
    async fn begin() -> Result<Self, String> {
        let told = |trouble: sekisho_e2e::Trouble| trouble.to_string();
        let clock = Clock::ahead(0).map_err(told)?;
        let wrapper = clock.wrapper().map_err(told)?;
        let words: Vec<&str> = wrapper.iter().map(String::as_str).collect();
        // A machine counts the time in which it sleeps; this one does not sleep.
        let platform = Platform::start_with(1, &words, "clock_bound = \"24h\"\n")
            .await
            .map_err(told)?
            .by_clock(clock.for_clients());
        let documents = format!(
            "[[group]]\nid = \"travellers\"\nname = \"Travellers\"\n\
             [[user]]\nid = \"{OWNER}\"\nname = \"{OWNER}\"\nemployment = \"staff\"\ngroups = [\"travellers\"]\n\
             [[resource]]\nid = \"echo\"\nname = {{ en = \"echo\" }}\nkind = \"tcp\"\naddresses = [\"{}\"]\nsensitivity = 1\n",
            echoes().await?
        );
        platform.apply(&[("journey.toml", &documents), ("servers.cedar", POLICY)]).await.map_err(told)?;
        let agent = platform.enrolled_under("laptop", OWNER, &words).await.map_err(told)?;
        let mut person = platform.signed_in(OWNER).await.map_err(told)?;
        let terminal = platform.terminal(Some(&agent)).map_err(told)?;
        terminal.login(&mut person).await.map_err(told)?;
        Ok(Self { clock, platform, person, agent, terminal })
    }

    async fn tunnel(&self) -> Result<Tunnel, String> {
        let mut command =
            self.terminal.command(&["connect", "echo", "--stdio"]).map_err(|trouble| trouble.to_string())?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| error.to_string())?;
        let (Some(stdin), Some(stdout)) = (&mut process.stdin, &mut process.stdout) else {
            return Err("no pipes".to_owned());
        };
        stdin.write_all(b"there").await.map_err(|error| error.to_string())?;
        let mut back = [0; 5];
        let reading = timeout(PATIENCE, stdout.read_exact(&mut back)).await.map_err(|_| "nothing comes back")?;
        if let Err(error) = reading {
            let output = timeout(PATIENCE, process.wait_with_output()).await.map_err(|_| "the tunnel hangs")?;
            let said = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
            return Err(format!("{error}: {said:?}"));
        }
        Ok(Tunnel(process))
    }

    /// Both sessions, of the browser and of the terminal, were idle for too long.
    async fn has_no_session(&self) -> Outcome {
        let began = Instant::now();
        loop {
            let listed = self.platform.command(&["session", "list"]).await.map_err(|trouble| trouble.to_string())?;
            let live =
                listed.as_array().into_iter().flatten().filter(|session| text(session, "/user") == OWNER).count();
            match live {
                0 => return Ok(()),
                _ if began.elapsed() > PATIENCE => return Err(format!("{live} sessions go on")),
                _ => sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Nothing opens with what there was before; after signing in again everything does.
    async fn asks_to_sign_in(mut self) -> Outcome {
        let told = |trouble: sekisho_e2e::Trouble| trouble.to_string();
        let output = self.terminal.run(&["connect", "echo", "--stdio"]).await.map_err(told)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() != Some(77) || !said.contains("sekisho login") {
            return Err(format!("{:?} in place of a question to sign in: {said}", output.status));
        }
        let page = self.person.portal("/").await.map_err(told)?;
        if !page.url.contains("/sign-in") {
            return Err(format!("{} at {} in place of the page to sign in", page.status, page.url));
        }
        self.person.sign_in().await.map_err(told)?;
        self.terminal.login(&mut self.person).await.map_err(told)?;
        // What the device said eight hours ago counts no more: it reports again, and counts again once it has.
        let began = Instant::now();
        while let Err(refused) = self.tunnel().await {
            if !refused.contains("The device last reported") || began.elapsed() > PATIENCE {
                return Err(refused);
            }
        }
        let log = self.platform.log();
        if log.contains("panicked") { Err(log) } else { Ok(()) }
    }
}

impl Tunnel {
    async fn comes_to_its_end(mut self) -> Outcome {
        // Waiting would close it, and with it the tunnel.
        let _stdin = self.0.stdin.take();
        let ended = timeout(PATIENCE, self.0.wait()).await.map_err(|_| "the tunnel is open still")?;
        let ended = ended.map_err(|error| error.to_string())?;
        if ended.success() { Err("the tunnel ended as if everything were well".to_owned()) } else { Ok(()) }
    }
}

/// A service that says back what it is told.
async fn echoes() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                // How it ends is the other side's affair.
                drop(tokio::io::copy(&mut read, &mut write).await);
            });
        }
    });
    Ok(address)
}
