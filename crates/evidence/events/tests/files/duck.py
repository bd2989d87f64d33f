"""Asks DuckDB about the files of events in a folder."""

import sys

import duckdb

SECOND_DAY = 1790000000000 + 86400000

everything, alice, second, uid = duckdb.sql(f"""
    select
        count(*),
        count(*) filter (where person = 'alice'),
        count(*) filter (where person = 'alice' and epoch_ms(time) >= {SECOND_DAY}),
        min(cast(json_extract(ocsf, '$.class_uid') as integer))
    from read_parquet('{sys.argv[1]}/events-*.parquet')
""").fetchall()[0]
print(f"{everything} events, {alice} of alice, {second} of alice on the second day, {uid}")
