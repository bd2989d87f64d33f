//! The pages as people of each role use them: an employee, the helpdesk, the security operations centre, an administrator, an author of
//! policies and an auditor, each on a desk and on a phone, in light and dark, in both languages; what works without script; and that
//! axe-core has nothing to say of any page.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod accessible;
mod administrator;
mod auditor;
mod employee;
mod helpdesk;
mod operations;
mod policy_author;
mod scene;
mod without_script;
