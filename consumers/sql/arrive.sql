-- What is new of a delivery. A redelivery, by a second relay or after a crash, is dropped here.
CREATE OR REPLACE TEMP TABLE arrived AS
SELECT s.*
FROM memory.main./*the table*/ AS s
LEFT JOIN position AS p ON p.partition = s.partition
WHERE s.position > coalesce(p.position, 0);
