//! The ground of the attacks: a running platform, a recording origin, somebody signed in who attacks, and somebody signed in
//! who only wants to work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sekisho_attacks::{Recorder, Setting, trusting};
use sekisho_e2e::client::Person;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;

use crate::bystander::Bystander;

pub(crate) const APP: &str = "app.localhost";
pub(crate) const OTHER: &str = "other.localhost";
/// The bystander's application, with an origin of its own.
pub(crate) const CALM: &str = "calm.localhost";

const POLICY: &str = "@id(\"staff-use-applications\")
permit (principal in Sekisho::Group::\"staff\", action, resource)
when { resource in Sekisho::Category::\"open\" };

@id(\"nobody-administers\")
forbid (principal, action, resource == Sekisho::Resource::\"app\")
unless {
  context has request && context.request.path != \"/admin\" && !(context.request.path like \"/admin/*\")
};
";

/// Everything that a case touches.
pub(crate) struct Ground {
    pub(crate) platform: Platform,
    pub(crate) recorder: Recorder,
    pub(crate) setting: Setting,
    pub(crate) bystander: Bystander,
    calm_origin: Origin,
    /// Whether everything is logged.
    pub(crate) is_logged: bool,
    /// Descriptors of the process before the first case.
    descriptors: usize,
}

impl Ground {
    pub(crate) async fn start() -> Self {
        // Everything is logged, so that a secret that can get into the log does.
        Self::under(&["env", "SEKISHO_LOG=debug"]).await
    }

    /// The same without a line of log for each frame of a flood.
    pub(crate) async fn quietly() -> Self {
        Self::under(&["env", "SEKISHO_LOG=info"]).await
    }

    /// The same, run through another program.
    pub(crate) async fn under(wrapper: &[&str]) -> Self {
        Self::with(wrapper, "").await
    }

    /// The same with more lines in its configuration file.
    pub(crate) async fn with(wrapper: &[&str], settings: &str) -> Self {
        let platform = Platform::start_with(1, wrapper, settings).await.unwrap();
        let (recorder, calm_origin) =
            (Recorder::start().await.unwrap(), Origin::serve(&[("/", "calm")]).await.unwrap());
        let documents = organisation(recorder.address.port(), calm_origin.port());
        platform.apply(&[("organisation.toml", &documents), ("open.cedar", POLICY)]).await.unwrap();
        let mut alice = platform.signed_in("alice").await.unwrap();
        alice.open(APP, "/").await.unwrap().expect(200).unwrap();
        let cookie = alice.cookie(APP);
        assert!(cookie.starts_with("__Host-sekisho=") && !cookie.contains(';'), "{cookie}");
        let setting = setting(&platform, &recorder, cookie);
        let bystander = Bystander::come(&platform).await;
        let descriptors = descriptors(&platform);
        let is_logged = wrapper.contains(&"SEKISHO_LOG=debug");
        Self { platform, recorder, setting, bystander, calm_origin, is_logged, descriptors }
    }

    /// Somebody of the staff, signed in, with an account of their own.
    pub(crate) async fn somebody(&self, account: &str) -> Person {
        let user = format!(
            "[[user]]\nid = \"{account}\"\nname = \"{account}\"\nemployment = \"staff\"\ngroups = [\"staff\"]\n"
        );
        self.platform.apply(&[("user.toml", &user)]).await.unwrap();
        let mut person = self.platform.signed_in(account).await.unwrap();
        person.open(APP, "/").await.unwrap().expect(200).unwrap();
        person
    }

    /// The documents of the organisation, for cases that change them.
    pub(crate) fn documents(&self) -> String {
        organisation(self.recorder.address.port(), self.calm_origin.port())
    }

    /// Invariant I8: the process lives, and holds no more than before once what ended is over.
    pub(crate) async fn is_well(&self) -> Result<(), String> {
        let began = Instant::now();
        loop {
            let held = descriptors(&self.platform);
            if held == 0 {
                return Err(format!("the process has ended: {}", tail(&self.platform.log())));
            }
            // Idle connections to origins go within seconds.
            if held <= self.descriptors + 4 {
                break;
            }
            if began.elapsed() > Duration::from_secs(90) {
                return Err(format!("{held} descriptors are held, {} were at the start", self.descriptors));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let log = self.platform.log();
        if log.contains("panicked") { Err(format!("something panicked: {}", tail(&log))) } else { Ok(()) }
    }

    /// The resident memory of the process, in KiB.
    pub(crate) fn resident(&self) -> u64 {
        let status = self.platform.process().map(|id| std::fs::read_to_string(format!("/proc/{id}/status")));
        let status = status.unwrap().unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Processor time that the process has spent, in seconds, to the nanosecond: of the threads that it has.
    pub(crate) fn spent(&self) -> f64 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.platform.process().unwrap())).unwrap();
        let of_thread = |folder: std::path::PathBuf| -> Option<f64> {
            let schedule = std::fs::read_to_string(folder.join("schedstat")).ok()?;
            schedule.split(' ').next()?.parse().ok()
        };
        threads.flatten().filter_map(|thread| of_thread(thread.path())).sum::<f64>() / 1e9
    }
}

fn setting(platform: &Platform, recorder: &Recorder, cookie: String) -> Setting {
    let authority = CertificateDer::from_pem_file(platform.authority()).unwrap();
    let tls = |protocol: &[u8]| -> Arc<_> { trusting(&authority, &[protocol]).unwrap() };
    Setting {
        address: ([127, 0, 0, 1], platform.port()).into(),
        tls: tls(b"http/1.1"),
        tls_h2: tls(b"h2"),
        app: APP.to_owned(),
        other: OTHER.to_owned(),
        cookie,
        recorder: recorder.clone(),
    }
}

fn organisation(recorder: u16, calm: u16) -> String {
    let user =
        |id: &str| format!("[[user]]\nid = \"{id}\"\nname = \"{id}\"\nemployment = \"staff\"\ngroups = [\"staff\"]\n");
    let resource = |id: &str, port: u16, category: &str| {
        format!(
            "[[resource]]\nid = \"{id}\"\nname = {{ en = \"{id}\" }}\nhost = \"{id}.localhost\"\n\
             upstream = \"http://127.0.0.1:{port}\"\nsensitivity = 1\n{category}"
        )
    };
    let open = "categories = [\"open\"]\n";
    [
        "[[group]]\nid = \"staff\"\nname = \"Staff\"\n".to_owned(),
        user("alice"),
        user("bystander"),
        resource("app", recorder, open),
        resource("other", recorder, ""),
        resource("calm", calm, open),
    ]
    .concat()
}

/// How many descriptors the process has; 0 when it has ended.
fn descriptors(platform: &Platform) -> usize {
    let folder = platform.process().map(|id| format!("/proc/{id}/fd"));
    folder.and_then(|folder| std::fs::read_dir(folder).ok()).map_or(0, Iterator::count)
}

fn tail(log: &str) -> String {
    log.lines().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
}
