-- Whether the file has no tables yet.
SELECT count(*) = 0
FROM duckdb_tables()
WHERE table_name = 'about'
    AND database_name = $name;
