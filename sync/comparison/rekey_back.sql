-- Undo of key changes: everybody who got another key gets the old one again. Who was not held
-- before the run is known from its changes alone.
CREATE OR REPLACE TEMP TABLE rekey_wanted AS
SELECT k.new_key AS current_key, k.old_key AS wanted_key, h.key IS NOT NULL AS held,
  coalesce(h.user_name, u.after->>'$.user_name') AS user_name,
  coalesce(h.first_name, u.after->>'$.first_name') AS first_name,
  coalesce(h.last_name, u.after->>'$.last_name') AS last_name,
  coalesce(h.role, u.after->>'$.role') AS role,
  h.email, h.phone, h.mobile, h.street, h.postcode, h.city, h.administrative_id, h.school,
  'takes its former sync key back' AS reason
FROM undone_key k
JOIN undone u ON u.kind = 'person' AND u.op = 'rekey' AND u.key = k.new_key
LEFT JOIN held_person h ON h.key = k.new_key
WHERE NOT k.held OR h.key IS NOT NULL;

INSERT INTO problem
SELECT 'not-undone', new_key, 1, 'has been deleted since its key was changed'
FROM undone_key WHERE held AND new_key NOT IN (SELECT key FROM held_person);
