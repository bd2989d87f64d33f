//! What a store must do, whatever database is behind it: every case runs on SQLite and on PostgreSQL.

#![allow(unreachable_pub, reason = "each test file includes it")]

pub mod documents;
pub mod feeds;
pub mod one_time;
pub mod place;
pub mod secrets;
pub mod unknown_kinds;

/// Names every case once, for [`all`] and for one test each.
macro_rules! cases {
    ([$($module:ident::$case:ident,)*] of invariants [$($named:ident::$invariant:ident,)*]) => {
        /// Runs every case, each in a database of its own.
        #[allow(dead_code, reason = "one of the two files that include it")]
        pub async fn all<F: Future<Output = crate::suite::place::Place>>(fresh: impl Fn(String) -> F) -> usize {
            let mut count = 0;
            $(
                println!("{}", stringify!($case));
                $module::$case(&fresh(stringify!($case).to_owned()).await).await;
                count += 1;
            )*
            $(
                println!("{}", stringify!($invariant));
                $named::$invariant(&fresh(stringify!($invariant).to_owned()).await).await;
                count += 1;
            )*
            count
        }

        /// One test for each case but those of invariants, which stand under their numbers.
        #[allow(unused_macros, reason = "one of the two files that include it")]
        macro_rules! one_test_each {
            ($fresh:path) => {$(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    crate::suite::$module::$case(&$fresh()).await;
                }
            )*};
        }
    };
}

cases! {
    [
    documents::a_document_is_put_replaced_and_deleted,
    documents::a_commit_is_whole_or_nothing,
            documents::a_commit_rests_on_documents_that_are_unchanged,
    documents::a_conflict_names_the_document,
    documents::a_commit_that_makes_no_sense_is_refused,
    documents::a_large_commit_is_as_many_small_ones,
    documents::lists_are_in_the_order_of_bytes,
    documents::some_are_read_whatever_their_number,
    documents::history_keeps_every_revision_of_administered_kinds_only,
    documents::no_update_is_lost,
    documents::what_is_committed_is_there_after_opening_again,
    documents::a_newer_schema_is_refused,
    one_time::only_sealed_kinds_are_consumed,
    secrets::what_callers_seal_opens_only_in_its_context,
    feeds::a_feed_catches_up_and_goes_on_live,
    feeds::a_feed_hears_other_processes,
    feeds::a_page_never_ends_inside_a_commit,
    feeds::who_begins_reads_all_there_is_without_waiting,
    feeds::sealed_kinds_are_not_told,
    feeds::writers_at_once_are_told_in_order_and_completely,
    feeds::a_feed_that_lags_reads_the_rest,
    feeds::a_cancelled_wait_loses_nothing,
    feeds::a_feed_older_than_the_forgotten_is_told_so,
    feeds::an_older_copy_of_the_database_is_noticed,
    unknown_kinds::rows_of_an_unknown_kind_are_skipped_and_named,
    unknown_kinds::a_critical_row_of_an_unknown_kind_is_told_as_such,
    unknown_kinds::a_row_carries_whether_its_kind_is_critical,
    unknown_kinds::a_database_of_schema_1_becomes_a_present_one,
    ] of invariants [
    one_time::of_fifty_consumers_one_wins,
    one_time::what_is_consumed_is_not_replaced,
    secrets::secrets_lie_sealed,
    secrets::a_swapped_secret_does_not_open,
    secrets::secrets_leave_nothing_behind,
    secrets::another_master_key_is_refused,
    ]
}
