-- Persons that problem rows stand for, and persons that are never touched
-- (rules.md 2, 3 and 8; readings.md 4, 5 and 8).
CREATE OR REPLACE TEMP TABLE rule_present_person AS
SELECT key FROM held_person
WHERE lower(key) IN (SELECT person FROM rule_broken WHERE person <> '')
   OR lower(administrative_id) IN (SELECT lower(administrative_id) FROM rule_broken
                                   WHERE person = '' AND administrative_id <> '');

CREATE OR REPLACE TEMP TABLE rule_untouchable AS
SELECT lower(timetable_user()) AS name
UNION SELECT lower(key) FROM held_person WHERE untouchable_role(role)
UNION SELECT lower(user_name) FROM held_person WHERE untouchable_role(role)
UNION SELECT lower(key) FROM live_person WHERE untouchable_role(role)
UNION SELECT lower(user_name) FROM live_person WHERE untouchable_role(role);
DELETE FROM rule_untouchable WHERE name IS NULL OR name = '';

CREATE OR REPLACE TEMP TABLE rule_untouchable_person AS
SELECT key FROM held_person
WHERE lower(key) IN (FROM rule_untouchable) OR lower(user_name) IN (FROM rule_untouchable);
