//! Which rows of a list are wanted: the options that lists share.

use clap::Args;
use serde_json::Value;

use super::client::{Conversation, path_segment};
use super::{Connection, Failure};

/// Which rows of a list.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    /// Only those whose identifier, or a word of whose name, begins so. Case and width do not matter.
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// The most rows.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

impl Wanted {
    /// These rows of a list that can be narrowed further, in the order of the API.
    pub(super) fn of(
        &self,
        client: &mut Conversation,
        path: &str,
        more: &[(&str, Option<&str>)],
    ) -> Result<Value, Failure> {
        let most = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let narrowed = [("q", self.find.as_deref())].into_iter().chain(more.iter().copied());
        client.list_first(&narrowed_path(path, narrowed), most)
    }
}

/// A path with those of its parameters that are given.
pub(super) fn narrowed_path<'a>(
    path: &str,
    parameters: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> String {
    let mut narrowed = path.to_owned();
    for (name, value) in parameters {
        let Some(value) = value else { continue };
        let separator = if narrowed.contains('?') { '&' } else { '?' };
        narrowed.push_str(&format!("{separator}{name}={}", path_segment(value)));
    }
    narrowed
}

/// Lists the newest entries of a list, as its path names them and at most `limit`, or follows it.
pub(super) fn newest(
    connection: &Connection,
    path: &str,
    (limit, follow): (u16, bool),
    columns: &[(&str, &str)],
    empty: &str,
) -> Result<(), Failure> {
    let mut client = connection.client()?;
    let (output, most) = (client.output(), usize::from(limit));
    if !follow {
        return output.table(&client.list_first(path, most)?, columns, empty);
    }
    let mut table = super::output::Table::on_terminal(columns, output.times());
    client.follow(path, most, |rows| output.follow(&mut table, rows))
}

#[cfg(test)]
mod tests {
    use super::narrowed_path;

    #[test]
    fn parameters_that_are_given_are_written_and_cannot_add_others() {
        assert_eq!(narrowed_path("/users", [("q", None), ("group", None)]), "/users");
        let narrowed = narrowed_path("/users?limit=2", [("q", Some("a&limit=9")), ("group", Some("hr"))]);
        assert_eq!(narrowed, "/users?limit=2&q=a%26limit%3D9&group=hr");
    }
}
