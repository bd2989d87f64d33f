//! Which web servers there are.

use std::fmt;

/// A web server that other people wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// nginx, with an application that speaks FastCGI.
    Nginx,
    /// Apache httpd, likewise.
    Apache,
    /// lighttpd, likewise.
    Lighttpd,
    /// h2o, likewise.
    H2o,
    /// Node.js.
    Node,
    /// gunicorn, with threads, so that connections are kept.
    Gunicorn,
    /// waitress.
    Waitress,
    /// Puma.
    Puma,
    /// Jetty.
    Jetty,
    /// Tomcat.
    Tomcat,
}

impl ServerKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Nginx,
        Self::Apache,
        Self::Lighttpd,
        Self::H2o,
        Self::Node,
        Self::Gunicorn,
        Self::Waitress,
        Self::Puma,
        Self::Jetty,
        Self::Tomcat,
    ];

    /// Its name, in small letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Apache => "apache",
            Self::Lighttpd => "lighttpd",
            Self::H2o => "h2o",
            Self::Node => "node",
            Self::Gunicorn => "gunicorn",
            Self::Waitress => "waitress",
            Self::Puma => "puma",
            Self::Jetty => "jetty",
            Self::Tomcat => "tomcat",
        }
    }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
