//! Applications that other people wrote, behind the gateway with the default settings of a resource: each is used by a person with its
//! real client, and refuses to serve somebody who may not use it and somebody who has not signed in.

mod apache;
mod application;
mod client;
mod cookie_proxy;
mod installed;
mod scene;

mod container_registry;
mod dokuwiki;
mod git;
mod jupyterlab;
mod node_red;
mod prometheus;
mod streamlit;
