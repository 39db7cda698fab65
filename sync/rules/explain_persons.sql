-- Why persons change (rules.md 2, 5 to 8, 23). One line a person: what its valid rows say.
CREATE OR REPLACE TEMP MACRO period(first_day, last_day) AS
  CASE WHEN first_day IS NULL AND last_day IS NULL THEN 'without dates'
       WHEN first_day IS NULL THEN 'to ' || last_day WHEN last_day IS NULL THEN 'from ' || first_day
       ELSE first_day || ' to ' || last_day END;

CREATE OR REPLACE TEMP TABLE rule_changed_person AS
SELECT c.seq, c.op, c.key, c.before, c.after, p.person_id
FROM change c LEFT JOIN rule_person p ON p.person = lower(c.key)
WHERE c.kind = 'person' AND c.reason = '';

CREATE OR REPLACE TEMP TABLE rule_person_story AS
SELECT r.person_id, count(*) FILTER (counts) AS counting,
  min(start_on) FILTER (counts) AS first_day, bool_or(start_on IS NULL) FILTER (counts) AS no_first,
  max(end_on) FILTER (counts) AS last_day, bool_or(end_on IS NULL) FILTER (counts) AS no_last,
  max(end_on) AS ended,
  arg_min(start_on, start_on - create_days) FILTER (NOT begun) AS starts,
  min(start_on - create_days) FILTER (NOT begun) AS awaited, min(templates[1]) AS template_id
FROM rule_row r WHERE person_id IN (SELECT person_id FROM rule_changed_person) GROUP BY r.person_id;

CREATE OR REPLACE TEMP TABLE rule_differing_field AS
SELECT seq, string_agg(name, ', ' ORDER BY position) AS fields
FROM (
  SELECT seq, f.name, f.position FROM rule_changed_person c
  CROSS JOIN (VALUES (1, 'user_name'), (2, 'first_name'), (3, 'last_name'), (4, 'role'),
                     (5, 'email'), (6, 'phone'), (7, 'mobile'), (8, 'street'),
                     (9, 'postcode'), (10, 'city'))
    f (position, name)
  WHERE c.op = 'update'
    AND json_extract_string(c.before, '$.' || f.name)
        IS DISTINCT FROM json_extract_string(c.after, '$.' || f.name))
GROUP BY seq;

CREATE OR REPLACE TEMP TABLE rule_reason AS
SELECT c.seq, CASE
    WHEN c.op = 'update' THEN 'UMS says otherwise: ' || coalesce(d.fields, 'nothing that is sent')
    WHEN c.op = 'note' THEN 'only remembered here: administrative id or school differs'
    WHEN c.op = 'rekey' THEN 'its sync key changes'
    WHEN c.op IN ('delete', 'forget') THEN CASE
      WHEN s.person_id IS NULL AND u.person IS NOT NULL
      THEN 'no template of the organization takes the rows of this person any more'
      WHEN s.person_id IS NULL THEN 'no row names this person any more'
      WHEN s.starts IS NOT NULL AND (s.ended < planned_day()) IS NOT TRUE
      THEN 'row starts ' || s.starts || ', counts from ' || s.awaited
      ELSE 'row ended ' || coalesce(s.ended::VARCHAR, '') END
    ELSE CASE c.op WHEN 'adopt' THEN 'itslearning has this user name without a key of ours; '
                   WHEN 'restore' THEN 'the key lies in the trash of itslearning; ' ELSE '' END
      || CASE s.counting WHEN 1 THEN 'row ' ELSE s.counting || ' rows ' END
      || period(CASE WHEN NOT s.no_first THEN s.first_day END,
                CASE WHEN NOT s.no_last THEN s.last_day END)
      || ' in template ' || coalesce(nullif(t.name, ''), t.template_id::VARCHAR) END AS reason
FROM rule_changed_person c LEFT JOIN rule_person_story s ON s.person_id = c.person_id
LEFT JOIN rule_template t ON t.template_id = s.template_id
LEFT JOIN rule_differing_field d ON d.seq = c.seq
LEFT JOIN rule_named_person u ON u.person = lower(c.key) AND c.op IN ('delete', 'forget');
UPDATE change SET reason = r.reason FROM rule_reason r WHERE r.seq = change.seq
  AND r.reason IS NOT NULL;
