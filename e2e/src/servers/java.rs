//! Jetty and Tomcat, each started by a small program that is compiled with the compiler that Tomcat brings for its pages.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::{Place, program};
use crate::Trouble;

const COMPILER: &str = "/usr/share/java/eclipse-jdt-core.jar";
const JETTY: [&str; 5] = [
    "/usr/share/java/jetty9-server.jar",
    "/usr/share/java/jetty9-http.jar",
    "/usr/share/java/jetty9-io.jar",
    "/usr/share/java/jetty9-util.jar",
    "/usr/share/java/servlet-api.jar",
];
const TOMCAT: [&str; 2] = ["/usr/share/tomcat10/lib", "/usr/share/tomcat10/bin"];

pub(super) async fn jetty(place: Place<'_>) -> Result<Command, Trouble> {
    let libraries = JETTY.map(str::to_owned).to_vec();
    java(place, "libjetty9-java", &libraries, "Jetty", include_str!("applications/Jetty.java")).await
}

pub(super) async fn tomcat(place: Place<'_>) -> Result<Command, Trouble> {
    let folders = TOMCAT.iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
    let files = folders.map(|entry| entry.path().display().to_string());
    let libraries: Vec<String> = files.filter(|file| file.ends_with(".jar")).collect();
    java(place, "tomcat10-common", &libraries, "Tomcat10", include_str!("applications/Tomcat10.java")).await
}

async fn java(
    place: Place<'_>,
    package: &str,
    libraries: &[String],
    class: &str,
    source: &str,
) -> Result<Command, Trouble> {
    let are_here = libraries.iter().map(String::as_str).chain([COMPILER]).all(|file| Path::new(file).is_file());
    if libraries.is_empty() || !are_here {
        let packages = format!("{package} and libeclipse-jdt-core-java");
        return Err(Trouble::new(format!("install {packages}, or run `cargo verify`, which does")));
    }
    let file = place.put(&format!("{class}.java"), source)?;
    let libraries = libraries.join(":");
    let mut compile = program("/usr/bin/java", "default-jre-headless")?;
    compile.args(["-cp", COMPILER, "org.eclipse.jdt.internal.compiler.batch.Main", "-11", "-nowarn", "-proc:none"]);
    compile.arg("-d").arg(place.folder).args(["-cp", &libraries]).arg(file).stdin(Stdio::null());
    let compiled = compile.output().await.map_err(Trouble::during("java"))?;
    if !compiled.status.success() {
        return Err(Trouble::new(format!("{class}.java: {}", String::from_utf8_lossy(&compiled.stderr))));
    }
    let mut command = program("/usr/bin/java", "default-jre-headless")?;
    // What starts fast: little memory, no second compiler.
    command.args(["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"]);
    command.arg(format!("{}:{libraries}", place.folder.display())).arg(class);
    command.env("PORT", place.port.to_string()).env("NOTES", place.notes());
    Ok(command)
}
