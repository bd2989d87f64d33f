//! What a machine and its neighbours could learn or hold up: no process leaves a core dump, the sign-in page tells strangers nothing of
//! resources, and idle connections do not keep the agent from proving the device.

use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::{ACCOUNT, CLOSED, OPEN};
use tokio::net::TcpStream;

/// More than the agent keeps at once.
const IDLE: usize = 40;

/// Both limits of the size of a core dump, as the kernel has them.
fn core_limits(process: Option<u32>) -> String {
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.unwrap())).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_process_leaves_a_core_dump_and_idle_connections_hold_up_no_proof() {
    let platform = Platform::start(1).await.unwrap();
    let origin = Origin::serve(&[("/", "open")]).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    let agent = platform.enrolled("laptop", ACCOUNT).await.unwrap();
    assert_eq!(core_limits(platform.process()), "0 0");
    assert_eq!(core_limits(agent.process()), "0 0");

    let mut idle = Vec::new();
    for _ in 0..IDLE {
        idle.push(TcpStream::connect(("127.0.0.1", agent.port())).await.unwrap());
    }
    person.prove_device(&agent).await.unwrap().expect(200).unwrap();
    // The proof did not wait until the idle ones were given up: the newest is still open.
    let newest = idle.last().unwrap();
    let read = newest.try_read(&mut [0; 1]);
    assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sign_in_page_names_no_host_to_strangers() {
    let platform = Platform::start(1).await.unwrap();
    let origin = Origin::serve(&[("/", "open")]).await.unwrap();
    let mut person = platform.example(origin.port()).await.unwrap();
    let mut stranger = platform.person().unwrap();
    let mut told = Vec::new();
    for path in ["/sign-in", "/sign-in?to=open", "/sign-in?to=nowhere", "/sign-in/to/open?return=%2F&flow=x"] {
        let page = stranger.portal(path).await.unwrap();
        for host in [OPEN, CLOSED] {
            let all = format!("{:?} {}", page.headers, page.body);
            assert!(!all.contains(host), "{path} names {host}: {all}");
        }
        told.push(page.header("content-security-policy").to_owned());
    }
    assert!(told[0].contains("form-action 'self'"), "{}", told[0]);
    // Whether somebody is led on is seen, and not where: a form may then lead to any host.
    assert!(told[1..].iter().all(|policy| *policy == told[1]), "{told:?}");
    // Who may open it is led there.
    person.open(OPEN, "/").await.unwrap().expect(200).unwrap();
}
