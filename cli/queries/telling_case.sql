-- One case worth reading: it came back, passed through all stages, and its timeline fits a screen.
SELECT
    c.ticket,
    c.customer
FROM customer_case AS c
JOIN customer_timeline AS e USING (ticket)
WHERE c.times_reopened > 0
    AND c.customer IS NOT NULL
    AND c.category IS NOT NULL
    AND c.agent IS NOT NULL
GROUP BY
    c.ticket,
    c.customer,
    c.number
HAVING count(*) BETWEEN 8 AND 16
ORDER BY
    count(DISTINCT e.kind) DESC,
    count(DISTINCT e.who) DESC,
    count(*) DESC,
    c.number
LIMIT 1;
