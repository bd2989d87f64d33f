//! One exchange at a time with an upstream that speaks HTTP/1: requests are written here, and answers go through the strict
//! reader of `policy-enforcement`.

mod answer;
mod connection;
mod upload;

pub(crate) use answer::Http1Answer;
pub(crate) use connection::Connection;
