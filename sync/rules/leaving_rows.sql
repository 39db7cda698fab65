-- The rows of Students that may make another organization want what leaves here: all rows of the
-- persons, and all rows of the activities whose name, cut as that organization's settings say, may
-- begin the node id of a place (rules.md 10). A row too many does no harm, it is judged by the rules.
-- Reads leaving (person, node_id) and other_organization().
CREATE OR REPLACE TEMP TABLE rule_leaving_base AS
SELECT DISTINCT node_id AS base FROM leaving WHERE node_id <> ''
UNION
SELECT left(node_id, mark - 1)
FROM (SELECT DISTINCT node_id, unnest(generate_series(1, length(node_id))) AS mark FROM leaving)
WHERE substr(node_id, mark, 1) = join_mark();

CREATE OR REPLACE TEMP TABLE rule_leaving_activity AS
WITH named AS (
  SELECT DISTINCT AktivitetsID AS written, folded(AktivitetsID) AS activity,
    folded(Aktivitet) AS activity_name
  FROM (SELECT DISTINCT AktivitetsID, Aktivitet FROM student WHERE AktivitetsID IS NOT NULL)),
roll AS (
  SELECT DISTINCT coalesce(NodeStartIndex, 0) AS roll_start, coalesce(NodeLength, 0) AS roll_size
  FROM itslearning_setting WHERE OrganizationSettings_ID = other_organization())
SELECT written FROM named WHERE activity IN (
  SELECT n.activity FROM named n CROSS JOIN roll r
  WHERE rolled(n.activity_name, r.roll_start, r.roll_size) IN (FROM rule_leaving_base));

CREATE OR REPLACE TEMP VIEW rule_leaving_row AS
SELECT * FROM student
WHERE AktivitetsID IN (FROM rule_leaving_activity)
   OR lower(folded(StudieNr)) IN (SELECT lower(person) FROM leaving WHERE person <> '');
