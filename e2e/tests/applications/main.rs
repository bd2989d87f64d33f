//! Applications that other people wrote, behind the gateway with the default settings of a resource: each is used by a person with its
//! real client, and refuses to serve somebody who may not use it and somebody who has not signed in.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod apache;
mod application;
mod client;
mod cookie_proxy;
mod installed;
mod scene;

mod caldav;
mod container_registry;
mod deep_links;
mod dokuwiki;
mod git;
mod jupyterlab;
mod node_red;
mod npm;
mod prometheus;
mod rabbitmq;
mod redirects;
mod shift_jis;
mod streamlit;
mod subversion;
mod web_servers;
mod webdav;
